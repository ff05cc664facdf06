// Package wxapi is a client of WeChat's server API. It has methods for the calls
// that a login needs, and for the calls that use the session_key. [Client.Call]
// makes any other call. The package handles HTTP and errcodes, but it does not
// store logins. Most applications use it through package wxauth.
//
//	client := wxapi.New(wxapi.App{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}, wxapi.Options{})
//	session, err := client.Code2Session(ctx, code)
//	if errors.Is(err, wxapi.ErrInvalidCode) {
//		// the mini program calls wx.login again
//	}
//
// # Map
//
//   - [New] returns a [Client] for an [App] with [Options]. [NewGroup] is for a
//     server of several apps.
//   - [Client.Code2Session] logs a user in. [Client.PhoneNumber],
//     [Client.CheckSessionKey], [Client.ResetSessionKey] and
//     [Client.UserEncryptKeys] serve a user who is logged in.
//   - [Client.Call] makes any other call with an access token, and
//     [Client.AccessToken] returns the token itself.
//   - [App.Platform] and [App.Exchange] log in users of apps whose AppSecret the
//     server does not have.
//   - [Error] is a failure that WeChat reported. Each failure has a class, such as
//     [ErrInvalidCode].
//   - [Trace] measures how long a call waited, and can drop the call before it is
//     sent.
//   - [SessionKey] holds a session_key and does not print it.
//   - [PhoneNumber], [UserInfo], [WeRunData] and [GroupInfo] are the types of the
//     data that WeChat encrypts for a mini program.
//
// To read the source, begin with send.go. It shows the steps of a call: the turn
// (turns.go), the host (hosts.go), each attempt (attempt.go) and the check of the
// reply (reply.go, strict.go).
//
// # When WeChat is slow or down
//
// A group has at most Options.MaxInFlight calls under way at once, and the same
// number of connections. Calls get their turns in order. A call begins only if
// three fifths of Options.Timeout are left. When WeChat slows down, as many calls
// succeed as the connections allow, and no code is wasted. If WeChat takes longer
// than three fifths of the timeout, every call fails.
//
// A call that was not sent goes to the next host. A call that may have reached
// WeChat is repeated at most twice, and only while no other call waits for a turn.
// It is never repeated if a repetition could do harm.
//
// # Secrets
//
// Only the innermost transport sees the secrets of a call: the AppSecret, access
// tokens, codes, signatures, bodies and replies. No error of this package quotes
// them, and Options.Instrument does not see them. This package cannot prevent two
// leaks. If a peer sends extra bytes after its HTTP/1.1 reply, http.Transport
// writes these bytes to the standard logger. The environment variable GODEBUG can
// make net/http log secrets; see [App].
package wxapi
