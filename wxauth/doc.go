// Package wxauth logs the users of a WeChat Mini Program in to a net/http
// server.
//
// The mini program calls wx.login and posts the code that it gets.
// [Auth.LoginHandler] trades the code at WeChat for the user's openid and
// session_key, keeps both on the server in a session of
// github.com/alexedwards/scs, and answers with a token. Requests that carry the
// token as a bearer token pass [Auth.Require], and their handlers find the
// openid in the context.
//
//	auth, err := wxauth.New(wxauth.Config{
//		Apps: []wxauth.App{{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}},
//	})
//	…
//	mux.Handle("POST /login", auth.LoginHandler())
//	mux.Handle("POST /logout", auth.LogoutHandler())
//	mux.Handle("GET /me", auth.Require(me))
//
// The session_key never leaves the server. The openid does not leave it either,
// unless the application sends it. A login has a fixed lifetime, which is the
// Lifetime of the session manager. The mini program renews a login by logging
// in again, because wx.login asks the user nothing.
//
// # Map
//
//   - To set up: [Config], [New], [NewSessions], [Auth.Ready].
//   - Handlers to mount: [Auth.LoginHandler], [Auth.LogoutHandler],
//     [Auth.SessionHandler].
//   - Middleware: [Auth.Identify], [Auth.Require], [Auth.LoadAndSave],
//     [Outermost].
//   - The user in a handler: [FromContext], [OpenID], [Identity].
//   - Use of the session_key: [Auth.Decrypt], [Auth.PhoneNumber],
//     [Auth.VerifyRawData], [Auth.Sign], [Auth.CheckSessionKey],
//     [Auth.ResetSessionKey], [Auth.UserEncryptKeys].
//   - Logins without the handlers: [Auth.Authenticate], [Auth.LoginAs],
//     [Auth.Renew], [Auth.WriteLogin], [Auth.Logout].
//   - All logins of a user: [Auth.Logins], [Auth.EndLogin],
//     [Auth.RevokeOthers], [Auth.Revoke].
//   - Failures: [Error], [Auth.WriteError]. Metrics and audit: [Event].
//   - Other calls of WeChat's API: [Auth.API] and package wxapi.
//   - Tests of an application: [NewContext] and package wxtest.
//   - Where logins are stored: package stores.
//
// # Limits
//
// A store that fails is answered by 503, never by 401. An outage of the store
// therefore does not make every client log in again. A store that takes a
// context gets the request's context. A plain scs.Store that hangs cannot be
// bounded.
package wxauth
