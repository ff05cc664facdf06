// Package wxtest provides a fake WeChat for tests and demonstrations. It simulates the
// API that a mini program's server calls, and the phones of users who log in.
//
//	wechat := wxtest.NewServer(wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"})
//	defer wechat.Close()
//	phone := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
//	code := phone.Login() // wx.login returns such a code
//
// # Map
//
//   - [Server] simulates WeChat's API. The code under test can call a Server in three
//     ways. [Server.URL] returns an address on loopback. [Server.Transport] needs no
//     network and works inside testing/synctest. A Server is also an http.Handler that
//     a test can mount, for example behind TLS.
//   - [Phone] simulates a user's device. A Phone can log in, press the phone number
//     button, and encrypt and sign user data as WeChat does.
//   - [Fault] describes how a call fails or is delayed. [Server.FailNext] and
//     [Server.FailAlways] apply a Fault. [Server.SetLatency] delays every reply.
//   - [Call] describes a call that the server received. [Server.Calls] and
//     [Server.OnCall] report Calls. [Server.Count] and [Server.InFlight] count calls.
//   - [Server.HandleFunc] adds an endpoint of WeChat's API that the server does not
//     implement.
//   - [Server.SetKey], [Server.RotateKey], [Server.ExpireKey] and
//     [Server.SetKeyRefresh] control users' session_keys.
//   - [Platform] simulates a third-party platform, which logs users in for mini
//     programs that have authorized it.
//   - [Push] builds the requests of WeChat's message push. An example is the notice
//     that a user closed the account or withdrew a consent.
//   - [Server.Advance] moves the server's clock forward.
//
// If a handler only needs a logged-in user, its test needs no fake WeChat.
// [example.com/wxlogin/wxauth.NewContext] puts an identity into the request's context.
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
// The server checks methods, parameters, AppSecrets, access tokens and signatures. A
// code works once, within five minutes. A refusal has HTTP status 200, WeChat's errcode
// and a new rid. Two refusals have another HTTP status and no body: a POST without a
// Content-Length gets 412, and a call of an unknown path gets 404.
//
// WeChat does not document everything. Where the documentation is silent, wxtest makes
// these choices, which are often the harder case for the caller:
//
//   - Every [Phone.Login] makes a new session_key and ends the previous session_key.
//     [Server.SetKeyRefresh] and [Server.SetKey] change this.
//   - Each code belongs to one login. The exchange of the code returns the session_key
//     of that login, even after a later login.
//   - A phone encrypts and signs with the session_key of its own last login, even if
//     that session_key is no longer valid.
//   - A session_key does not expire with time. [Server.ExpireKey] ends it.
//   - After resetusersessionkey, the phones that had the old session_key use the new
//     session_key.
//   - An access token has 512 characters, because WeChat asks servers to store at least
//     512 characters.
//   - getuserphonenumber refuses a phone code that is sent with another user's openid.
//     The errcode is 40003, and the code stays usable.
//   - The only rate limit is the limit on forced refreshes of an access token.
//   - A call takes effect before the wait of [Server.SetLatency]. If the caller gives
//     up during the wait, the code is already used up.
//   - A call takes effect after the Delay and Hold of a [Fault], unless TakesEffect is
//     set.
//
// The server uses time.Now, so inside a synctest bubble it uses the clock of the
// bubble. Server, Phone and Platform are safe for concurrent use. A mistake in the test
// itself, such as a Phone with an unknown appid, causes a panic.
package wxtest
