// Package cloudrun reads the identity of a user from the headers that WeChat Cloud Run
// (微信云托管) adds to a request. A mini program that calls its server with
// wx.cloud.callContainer usually needs no login, because WeChat has verified the user.
//
//	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{cloudrun.App("wx4f4bc4dec97d474b")}})
//	…
//	mux.Handle("GET /me", auth.Require(me))
//	server := http.Server{Handler: cloudrun.Identify("wx4f4bc4dec97d474b")(mux)}
//
// # Map
//
//   - [Identify] is the middleware. It must run before [wxauth.Auth.Require]. Require
//     accepts the identity from Identify if the Auth serves the AppID of the identity.
//     [wxauth.FromContext] and [wxauth.OpenID] work as after a login.
//   - [App] returns the wxauth.App of a mini program whose users all come through Cloud
//     Run. If some of the users log in with wx.login, use a wxauth.App with a Secret.
//
// # When this is safe
//
// The headers of Cloud Run prove nothing by themselves. Anyone who can send a request to
// your Cloud Run service without going through WeChat could set the headers and impersonate
// any user. Use the package only if both of these conditions hold:
//
//   - Public access (公网访问) of the service is switched off. WeChat does not document
//     whether the public gateway of Cloud Run removes these headers from the requests of
//     clients. If the gateway keeps them, every client can forge the headers.
//   - Nobody else runs a program in the Cloud Run environment, in its VPC, or in a VPC
//     peered with that VPC. Programs in these networks can call the service directly,
//     even with public access off.
//
// Never use the package for a server outside Cloud Run, because any client of such a
// server can set the headers.
//
// Cloud Run's local debugging sends headers with an openid that does not exist. Do not
// use local debugging with production data.
//
// # What an identity from Identify cannot do
//
// An identity from Identify has no login, no session and no LoginID:
//
//   - [wxauth.Auth.LoadAndSave] and [wxauth.Auth.SessionHandler] need the token of a
//     login. Without a token they answer 401 (not_logged_in).
//   - [wxauth.Auth.Revoke] ends only logins, so it does not stop the user's requests
//     through Cloud Run. To lock a user out, refuse the user in a middleware of your
//     own.
//   - [wxauth.Auth.Renew], [wxauth.Auth.EndLogin] and [wxauth.Auth.RevokeOthers] fail,
//     because they need a LoginID.
//   - [wxauth.Auth.Decrypt] and all other methods that need a session_key fail if the
//     server has no session_key of the user. The server gets a session_key only when the
//     user logs in with a code. If the app has an Exchange function, like every app from
//     [App], the Code of the error is CodeMisconfigured. Otherwise it is
//     CodeSessionKeyStale.
//   - Config.OnLogin is not called, so the identity has no UserID. The example of
//     [Identify] shows how to set a UserID.
//
// To call a route of LoadAndSave or SessionHandler, the client needs a token.
// [wxauth.Auth.LoginAs] makes a login for the identity and returns the token of this login.
//
// https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloudrun/src/development/weixin/index.html
package cloudrun
