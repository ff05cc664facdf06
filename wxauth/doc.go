// Package wxauth logs the users of a WeChat Mini Program in to a net/http
// server.
//
// The mini program calls wx.login and posts the code that it gets.
// [Auth.LoginHandler] exchanges the code at WeChat (GET /sns/jscode2session) for the
// user's openid and session_key. It keeps both in the session store of
// github.com/alexedwards/scs, and answers with a token. [Auth.Require] lets requests
// with this bearer token (RFC 6750) pass and puts the openid into their context.
//
//	auth, err := wxauth.New(wxauth.Config{
//		Apps: []wxauth.App{{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}},
//	})
//	…
//	mux.Handle("POST /login", auth.LoginHandler())
//	mux.Handle("POST /logout", auth.LogoutHandler())
//	mux.Handle("GET /me", auth.Require(me))
//
// The session_key never leaves the server. The openid does not leave the server
// either, unless the application sends it. A login has a fixed lifetime, which is
// the Lifetime of the session manager. When a login has ended, the mini program logs
// in again. wx.login does not ask the user anything.
//
// # Map
//
//   - To set up: [Config], [New], [NewSessions], [Auth.Ready].
//   - Handlers to mount: [Auth.LoginHandler], [Auth.LogoutHandler],
//     [Auth.SessionHandler].
//   - Middleware: [Auth.Identify], [Auth.Require], [Auth.LoadAndSave],
//     [Outermost].
//   - The user in a handler: [FromContext], [OpenID], [Identity].
//   - User data and the session_key: [Auth.Decrypt], [Auth.PhoneNumber],
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
// If the store fails, the answer is 503 (store_unavailable), never 401. An outage of
// the store therefore does not make every client log in again. An scs.CtxStore gets
// the request's context. If a plain scs.Store hangs, this package cannot limit the
// time of the call.
package wxauth
