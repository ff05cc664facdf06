// Package wxtest provides a fake WeChat for tests and demonstrations. It plays
// both sides of WeChat: the API that a mini program's server calls, and the
// phones of users who log in.
//
//	wechat := wxtest.NewServer(wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"})
//	defer wechat.Close()
//	phone := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
//	code := phone.Login() // the code that wx.login gives the mini program
//
// # Map
//
//   - [Server] is WeChat's API. The code under test reaches it in one of three
//     ways: over loopback at [Server.URL]; without a network through
//     [Server.Transport], which works inside testing/synctest; or as the
//     http.Handler that it is, mounted by the test (behind TLS, say).
//   - [Phone] is a user's device. It logs in, presses the phone number button,
//     and encrypts and signs user data as WeChat does.
//   - [Fault] makes calls go wrong or holds them back: see [Server.FailNext]
//     and [Server.FailAlways]. [Server.SetLatency] makes all calls slow.
//   - [Call] tells what the server saw: see [Server.Calls] and [Server.OnCall].
//     [Server.Count] and [Server.InFlight] count calls.
//   - [Server.HandleFunc] adds an endpoint that the server does not have.
//   - [Server.SetKey], [Server.RotateKey], [Server.ExpireKey] and
//     [Server.SetKeyRefresh] decide about users' session_keys.
//   - [Platform] is a third-party platform that exchanges codes for mini
//     programs that have authorised it.
//   - [Push] makes the requests by which WeChat's message push tells a server
//     that a user closed the account or withdrew a consent.
//   - [Server.Advance] moves the server's clock.
//
// A test of a handler that only needs a logged-in user needs no fake WeChat:
// [example.com/wxlogin/wxauth.NewContext] puts an identity into its request.
//
// # Behaviour
//
// The server answers these calls:
//
//   - GET /sns/jscode2session
//   - GET /sns/component/jscode2session
//   - POST /cgi-bin/stable_token
//   - GET /wxa/checksession
//   - GET /wxa/resetusersessionkey
//   - POST /wxa/business/getuserphonenumber
//   - GET or POST /wxa/business/getuserencryptkey
//
// It is as strict as WeChat about methods, parameters, AppSecrets, access
// tokens and signatures. A code works once and for five minutes. A refusal has
// WeChat's own errcode, a fresh rid and HTTP status 200.
//
// WeChat does not document everything. For the rest, wxtest chooses the
// behaviour that is harder on the caller:
//
//   - Every [Phone.Login] makes a new session_key and ends the one before;
//     [Server.SetKeyRefresh] changes that. A code is exchanged for the
//     session_key of its own login, even after a later login.
//   - A phone encrypts under the session_key of its own last login, whether
//     that key is still valid or not.
//   - A session_key never expires by itself; [Server.ExpireKey] ends it.
//     After resetusersessionkey, the phones that had the old key use the new
//     one.
//   - An access token has 512 characters, the length that WeChat asks servers
//     to be ready for.
//   - A phone code sent with another user's openid is refused with 40003 and
//     stays usable.
//   - Calls are not rate-limited, except forced refreshes of an access token.
//   - A call takes effect when it arrives, however long its reply takes; only
//     Delay and Hold of a [Fault] come before, and only without TakesEffect.
//
// The server uses time.Now, so its clock is synctest's inside a bubble.
// Everything here is safe for concurrent use. A mistake in the test itself,
// such as an unknown appid, panics.
package wxtest
