// Package wxapi is a client of WeChat's server API. It has methods for logins, for
// phone numbers and for some calls that need a session_key. [Client.Call] is for calls
// that have no method of their own. The package handles HTTP and errcodes, but it stores
// nothing about users. Most applications use it through package wxauth.
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
//     that serves several apps.
//   - [Client.Code2Session] exchanges a code of wx.login for the user's openid and
//     session_key. [Client.PhoneNumber] exchanges a code of a phone number
//     button for the user's phone number.
//   - [Client.CheckSessionKey], [Client.ResetSessionKey] and [Client.UserEncryptKeys]
//     need the user's session_key.
//   - [Client.Call] makes other calls with an access token. [Client.AccessToken] returns
//     the access token itself.
//   - With [App.Platform] or [App.Exchange], Code2Session needs no AppSecret.
//   - [Error] is a failure that WeChat reported. Each Error has a class, such as
//     [ErrInvalidCode].
//   - [Trace] measures how long a call waited for its turn (see below) and how long WeChat
//     took. It can also drop the call before it is sent.
//   - [SessionKey] holds a session_key. Printing a SessionKey does not show the key.
//   - [PhoneNumber], [UserInfo], [WeRunData] and [GroupInfo] are types for data that
//     WeChat encrypts for a mini program.
//
// To read the source, begin with Client.call in send.go. It waits for a turn
// (turns.go), chooses a host (hosts.go), makes attempts (attempt.go) and checks the
// reply (reply.go, strict.go).
//
// # When WeChat is slow or down
//
// A method can make several API calls, for example to fetch an access token or to
// repeat a call with another token. The following rules apply to each API call.
//
// A turn is the permission to have one call under way. A [Group] has
// Options.MaxInFlight turns, and its default transport opens at most as many
// connections to a host. A call takes a turn before its first attempt, and holds the
// turn until the call ends. Calls get turns in the order of their arrival. A call that
// gets no turn within two fifths of Options.Timeout fails. A call that gets a turn
// therefore has at least three fifths of the timeout left, unless its context ends
// earlier. A Code2Session that fails while it waits for its first turn has not sent its
// code, so the code is not used up. If each answer of WeChat takes longer than three
// fifths of the timeout, all calls to WeChat fail.
//
// If a connection to a host fails, the call tries the next host. If there is only one
// host, the call tries it again after a pause. A call makes at most three attempts.
// With more than three hosts, the maximum is the number of hosts. If WeChat is busy
// (errcode -1) or does not reply, the call sends its request again if time is left and no
// other call waits for a turn. [Client.Call], [Client.PhoneNumber] and
// [Client.ResetSessionKey] do not repeat such a request, because WeChat may have
// executed it. Package net/http itself can repeat a GET; see [Client.Call]. Code2Session
// also takes a turn before it calls [App.Exchange]. It calls App.Exchange only once.
//
// # Secrets
//
// The query and the body of a call, and WeChat's reply, can contain secrets such as the
// AppSecret, access tokens, codes and session keys. Options.Transport sees all of them.
// The RoundTripper that Options.Instrument returns sees neither the query nor the body. Of
// WeChat's reply, it sees only the HTTP status, the errcode and the request id.
// The error texts of this package quote neither the query nor the body. Of WeChat's reply,
// an error text contains only the HTTP status, the errcode, the request id and, for
// errcode 40164, this server's IP address. An error that the application's function
// Trace.BeforeSend returns keeps its text.
//
// Package net/http can leak secrets in two ways that this package cannot prevent. If a
// peer sends extra bytes after its HTTP/1.1 reply, http.Transport can write these bytes
// to the standard logger. The environment variable GODEBUG can make net/http log
// secrets; see [App].
package wxapi
