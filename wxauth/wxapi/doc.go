// Package wxapi is a client of WeChat's server API. It has methods for logins and for
// the calls that use a session_key. [Client.Call] makes any other call. The package
// handles HTTP and errcodes, but it does not store logins. Most applications use it
// through package wxauth.
//
//	client := wxapi.New(wxapi.App{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}, wxapi.Options{})
//	session, err := client.Code2Session(ctx, code)
//	if errors.Is(err, wxapi.ErrInvalidCode) {
//		// the mini program calls wx.login again
//	}
//
// # Map
//
//   - [New] returns a [Client] for an [App] with [Options]. [NewGroup] is for a server
//     of several apps.
//   - [Client.Code2Session] logs a user in. [Client.PhoneNumber],
//     [Client.CheckSessionKey], [Client.ResetSessionKey] and [Client.UserEncryptKeys]
//     are for a user who is logged in.
//   - [Client.Call] makes any other call with an access token. [Client.AccessToken]
//     returns the token itself.
//   - [App.Platform] and [App.Exchange] are for apps whose AppSecret the server does
//     not have.
//   - [Error] is a failure that WeChat reported. Every failure has a class, such as
//     [ErrInvalidCode].
//   - [Trace] measures how long a call waited and how long WeChat took. It can also
//     drop the call before it is sent.
//   - [SessionKey] holds a session_key and does not print it.
//   - [PhoneNumber], [UserInfo], [WeRunData] and [GroupInfo] are the types of the data
//     that WeChat encrypts for a mini program.
//
// To read the source, begin with send.go. It shows the steps of a call: the wait for a
// turn (turns.go), the choice of a host (hosts.go), each attempt (attempt.go), and the
// check of the reply (reply.go, strict.go).
//
// # When WeChat is slow or down
//
// A call takes a turn before it is sent, and releases the turn when it ends. A group
// has Options.MaxInFlight turns, and its default transport opens at most as many
// connections to a host. Calls get turns in the order of their arrival. A call that
// gets no turn within two fifths of Options.Timeout fails. Every call that begins
// therefore has three fifths of the timeout left. When WeChat slows down, as many calls
// succeed as the connections allow, and almost no code is wasted. If WeChat takes
// longer than three fifths of the timeout, every call fails.
//
// If a connection to a host fails, the call tries the next host. A call makes at most
// three attempts, or one for each host if there are more than three hosts. A request that
// may have reached WeChat is repeated only while no other call waits for a turn. It is not
// repeated if a repetition could do harm.
//
// # Secrets
//
// The secrets of a call are the AppSecret, access tokens, codes, signatures, bodies and
// replies. Options.Transport sees them, but the layers of Options.Instrument do not. The
// errors of this package do not quote them. An error of the application's own
// AccessToken function keeps its text.
//
// This package cannot prevent two leaks. If a peer sends extra bytes after its HTTP/1.1
// reply, http.Transport writes these bytes to the standard logger. The environment
// variable GODEBUG can make net/http log secrets; see [App].
package wxapi
