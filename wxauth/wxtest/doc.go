// Package wxtest provides a fake WeChat for tests and demonstrations. It simulates the
// API that a mini program's server calls, and the phones of users who log in.
//
//	wechat := wxtest.NewServer(wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"})
//	defer wechat.Close()
//	phone := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
//	code := phone.Login() // the code that wx.login gives the mini program
//
// # Map
//
//   - [Server] is WeChat's API. The code under test can call it in three ways.
//     [Server.URL] is an address on loopback. [Server.Transport] needs no network and
//     works inside testing/synctest. A Server is also an http.Handler that a test can
//     mount, for example behind TLS.
//   - [Phone] is a user's device. It logs in, presses the phone number button, and
//     encrypts and signs user data in the same way as WeChat.
//   - [Fault] makes calls fail or delays them: see [Server.FailNext] and
//     [Server.FailAlways]. [Server.SetLatency] makes all calls slow.
//   - [Call] describes a call that the server received: see [Server.Calls] and
//     [Server.OnCall]. [Server.Count] and [Server.InFlight] count calls.
//   - [Server.HandleFunc] adds an endpoint that the server does not have.
//   - [Server.SetKey], [Server.RotateKey], [Server.ExpireKey] and
//     [Server.SetKeyRefresh] control users' session_keys.
//   - [Platform] is a third-party platform that exchanges codes for mini
//     programs that have authorized it.
//   - [Push] makes the requests of WeChat's message push, such as the notice that a
//     user closed the account or withdrew a consent.
//   - [Server.Advance] moves the server's clock.
//
// If a handler only needs a logged-in user, its test needs no fake WeChat:
// [example.com/wxlogin/wxauth.NewContext] puts an identity into the request.
//
// # Behavior
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
// It checks methods, parameters, AppSecrets, access tokens and signatures as strictly
// as WeChat. A code works once, within five minutes. A refusal has WeChat's own
// errcode, a new rid and HTTP status 200.
//
// WeChat does not document everything. Where the documentation is silent, wxtest
// chooses the behavior that is harder for the caller:
//
//   - Every [Phone.Login] makes a new session_key and ends the previous session_key;
//     [Server.SetKeyRefresh] changes this. A code is exchanged for the session_key of
//     its own login, even after a later login.
//   - A phone encrypts with the session_key of its own last login, even if that key is
//     no longer valid.
//   - A session_key never expires by itself; [Server.ExpireKey] ends it. After
//     resetusersessionkey, the phones that had the old key use the new key.
//   - An access token has 512 characters, the length that WeChat asks servers to
//     accept.
//   - A phone code sent with another user's openid is refused with 40003 and
//     stays usable.
//   - Only forced refreshes of an access token are rate-limited.
//   - A call takes effect when it arrives, even if its reply is slow. The exception is
//     a [Fault] with Delay or Hold and without TakesEffect: its call takes effect after
//     the delay.
//
// The server uses time.Now, so inside a synctest bubble it uses the clock of the
// bubble. Everything in this package is safe for concurrent use. A mistake in the test
// itself, such as an unknown appid, causes a panic.
package wxtest
