// Package wxauth logs the users of a WeChat Mini Program in to a net/http server.
//
// The mini program calls wx.login and posts the returned code to the server.
// [Auth.LoginHandler] exchanges the code at WeChat (normally by GET /sns/jscode2session)
// for the user's openid and session_key. It stores both in the store of a session manager
// of github.com/alexedwards/scs, and answers with a token. The mini program sends the
// token as a bearer token (RFC 6750) with each request. [Auth.Require] checks the token
// and puts the user's identity, with the openid, into the request's context.
//
//	auth, err := wxauth.New(wxauth.Config{
//		Apps: []wxauth.App{{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}},
//	})
//	…
//	mux.Handle("POST /login", auth.LoginHandler())
//	mux.Handle("POST /logout", auth.LogoutHandler())
//	mux.Handle("GET /me", auth.Require(me))
//
// This package never sends the session_key or the openid to the client. If the client
// needs the openid, the application must send it. A login normally ends after the Lifetime
// of the session manager. Only [Auth.Renew] extends a login. After a login has expired,
// the mini program calls wx.login and logs in again. wx.login does not ask the user
// anything.
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
//   - The logins of a user: [Auth.Logins], [Auth.EndLogin], [Auth.RevokeOthers],
//     [Auth.Revoke].
//   - Failures: [Error], [Auth.WriteError]. Metrics and audit: [Event].
//   - Other calls of WeChat's API: [Auth.API] and package wxapi.
//   - Tests of an application: [NewContext] and package wxtest.
//   - Where logins are stored: package stores.
//
// # Limits
//
// If a token cannot be checked because the store fails, the answer is 503
// (store_unavailable), never 401. An outage of the store therefore does not make every
// client log in again. A store that implements scs.CtxStore gets a context, so it can
// stop a call when the context ends. If any other scs.Store hangs, this package cannot
// limit the time of the call.
package wxauth
