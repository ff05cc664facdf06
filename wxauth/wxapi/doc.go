// Package wxapi is a client of WeChat's server API. It has methods for the calls
// that a mini program's login needs and for those that use the session_key, and
// [Client.Call] for the rest. It knows HTTP and errcodes, and nothing of logins.
// Most applications use it through package wxauth.
//
//	client := wxapi.New(wxapi.App{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}, wxapi.Options{})
//	session, err := client.Code2Session(ctx, code)
//	if errors.Is(err, wxapi.ErrInvalidCode) {
//		// the mini program calls wx.login again
//	}
//
// # Map
//
//   - [New] makes a [Client] for an [App], as [Options] say. [NewGroup] makes the
//     clients of a server of several apps.
//   - [Client.Code2Session] logs a user in. [Client.PhoneNumber],
//     [Client.CheckSessionKey], [Client.ResetSessionKey] and
//     [Client.UserEncryptKeys] serve a user who is logged in.
//   - [Client.Call] makes any other call with an access token, and
//     [Client.AccessToken] returns the token itself.
//   - [App.Platform] and [App.Exchange] log in users of apps that have no
//     AppSecret here.
//   - [Error] is a failure that WeChat reported. [ErrInvalidCode] and the other
//     variables are the classes of all failures.
//   - [Trace] shows what a call waited for, and can drop it before it is sent.
//   - [SessionKey] is the session_key, which does not print.
//   - [PhoneNumber], [UserInfo], [WeRunData] and [GroupInfo] are what WeChat
//     encrypts for a mini program.
//
// The source begins with send.go, which shows the way of a call: its turn
// (turns.go), its host (hosts.go), each attempt (attempt.go) and the judgement
// of the reply (reply.go, strict.go).
//
// # When WeChat is slow or down
//
// A group has Options.MaxInFlight calls under way at once, over as many
// connections. A call waits for its turn, in order, and begins only with three
// fifths of Options.Timeout left. So when WeChat slows down, as many calls
// succeed as its slowness allows, and no code is spent for nothing. A WeChat
// that takes longer than three fifths of the timeout fails every call.
//
// A call that was not sent goes to the next host. A call that may have reached
// WeChat is repeated at most twice, only while no other call waits for a turn,
// and not at all where a repetition could do harm.
//
// # Secrets
//
// Only the innermost transport knows what is secret in a call: the AppSecret,
// access tokens, codes, signatures, bodies and replies. No error of this package
// quotes them, and Options.Instrument does not see them. Two things are out of
// this package's reach. If a peer sends more than its reply over HTTP/1.1,
// http.Transport writes the surplus to the standard logger. For what the
// environment variable GODEBUG can show, see [App].
package wxapi
