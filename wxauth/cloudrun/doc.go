// Package cloudrun reads the identity of a user from the headers that WeChat Cloud Run
// (微信云托管) adds to a request. A mini program that calls its server with
// wx.cloud.callContainer needs no login, because WeChat has verified the user.
//
//	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{cloudrun.App("wx4f4bc4dec97d474b")}})
//	…
//	mux.Handle("GET /me", auth.Require(me))
//	server := http.Server{Handler: cloudrun.Identify("wx4f4bc4dec97d474b")(mux)}
//
// # Map
//
//   - [Identify] is the middleware. It must run before [wxauth.Auth.Require], which
//     accepts the identity from Identify. [wxauth.FromContext] and [wxauth.OpenID] work
//     as after a login.
//   - [App] describes a mini program whose users all come through Cloud Run. For a mini
//     program whose users also log in, use an ordinary wxauth.App.
//
// # When this is safe
//
// The headers prove nothing by themselves. Anyone who can send a request to the service
// without going through WeChat can set the headers and impersonate any user. Use the
// package only if both of these conditions hold:
//
//   - Public access (公网访问) of the service is switched off.
//   - Nobody else runs a program in the Cloud Run environment, in its VPC, or in the
//     VPCs peered with it. Programs in these networks can call the service directly,
//     even with public access off.
//
// WeChat's documentation does not say that the public gateway of Cloud Run removes these
// headers from the requests of clients. Outside Cloud Run, any client can send these
// headers.
//
// Cloud Run's local debugging sends headers with an openid that does not exist. Do not
// use local debugging with production data.
//
// # What such an identity cannot do
//
// An identity from Identify has no login, no session and no LoginID:
//
//   - [wxauth.Auth.LoadAndSave] and [wxauth.Auth.SessionHandler] answer 401
//     (not_logged_in).
//   - [wxauth.Auth.Logins] returns no logins, and [wxauth.Auth.Revoke] ends 0 logins.
//     After Revoke, the user's next request still passes. To lock a user out, refuse
//     the user in a middleware of your own.
//   - [wxauth.Auth.Renew] and [wxauth.Auth.EndLogin] fail.
//   - [wxauth.Auth.Decrypt] and all other methods that need a session_key fail, unless
//     the user has also logged in with wx.login. If the app comes from [App], the error
//     has the code misconfigured. Otherwise the error has the code session_key_stale.
//   - Config.OnLogin is not called. The example of [Identify] shows how to set a
//     UserID.
//
// For routes that need a login, call [wxauth.Auth.LoginAs]. It makes a login for such
// an identity and returns the login's token.
//
// https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloudrun/src/development/weixin/index.html
package cloudrun
