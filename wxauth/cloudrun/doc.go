// Package cloudrun takes the identity of a user from the headers that WeChat
// Cloud Run (微信云托管) adds to a request. A mini program that calls its server
// by wx.cloud.callContainer needs no login: WeChat has verified the user.
//
//	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{cloudrun.App("wx4f4bc4dec97d474b")}})
//	…
//	mux.Handle("GET /me", auth.Require(me))
//	server := http.Server{Handler: cloudrun.Identify("wx4f4bc4dec97d474b")(mux)}
//
// # Map
//
//   - [Identify] is the middleware. It stands outside
//     [wxauth.Auth.Require], which then takes its identity.
//     [wxauth.FromContext] and [wxauth.OpenID] work as after a login.
//   - [App] describes a mini program whose users all come by Cloud Run. A mini
//     program whose users also log in is an ordinary wxauth.App.
//
// # When this is safe
//
// The headers prove nothing by themselves: anyone who can send a request to
// the service past WeChat can write them, and so pose as any user. Use the package
// only if both of these hold:
//
//   - Public access (公网访问) of the service is switched off.
//   - Nobody else runs anything in the Cloud Run environment, or in its VPC and
//     the VPCs peered with it. From there the service can be called directly,
//     even with public access off.
//
// If one of them does not hold, anyone who finds the address is logged in as
// anyone whose openid they know. WeChat's documentation does not say that its
// public gateway removes such headers from the requests of clients. Outside
// Cloud Run, every request would be such a request.
//
// Cloud Run's local debugging makes up headers with an openid that does not
// exist. Do not use it against production data.
//
// # What such an identity cannot do
//
// It has no login and no session, and so no LoginID:
//
//   - [wxauth.Auth.LoadAndSave] and [wxauth.Auth.SessionHandler] answer 401.
//   - [wxauth.Auth.Logins] is empty, and [wxauth.Auth.Revoke] ends 0 logins:
//     the next request passes as before. To lock a user out, refuse the user in
//     a middleware of your own.
//   - [wxauth.Auth.Renew] and [wxauth.Auth.EndLogin] fail.
//   - [wxauth.Auth.Decrypt] and everything else that needs a session_key finds
//     none, unless the user has also logged in by wx.login.
//   - Config.OnLogin does not run. The example of [Identify] sets a UserID.
//
// [wxauth.Auth.LoginAs] makes a login with a token out of such an identity, for
// the routes that need one.
//
// https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloudrun/src/development/weixin/index.html
package cloudrun
