// Package wxtest provides a fake WeChat for tests and demonstrations. It simulates the
// part of WeChat's API that package wxauth uses, and the phones of users who log in.
//
//	wechat := wxtest.NewServer(wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"})
//	defer wechat.Close()
//	phone := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
//	code := phone.Login() // simulates wx.login
//
// # Map
//
//   - [Server] simulates WeChat's API. The code under test can call a Server at the
//     loopback address from [Server.URL] or through [Server.Transport]. A Server is also
//     an http.Handler, so a test can serve it at another address. [Server.Transport]
//     needs no network and works inside testing/synctest.
//   - [Phone] simulates a user's device. A Phone can log in, press the phone number
//     button, and encrypt and sign user data as WeChat does.
//   - [Fault] describes how a call fails or is delayed. [Server.FailNext] and
//     [Server.FailAlways] apply a Fault. [Server.SetLatency] delays every reply.
//   - [Call] describes a call after its end. [Server.Calls] and [Server.OnCall] report
//     Calls. [Server.Count] and [Server.InFlight] count calls.
//   - [Server.HandleFunc] adds an endpoint of WeChat's API that the server does not
//     implement.
//   - [Server.SetKey], [Server.RotateKey], [Server.ExpireKey] and
//     [Server.SetKeyRefresh] control users' session_keys.
//   - [Platform] simulates a third-party platform, which logs users in for mini
//     programs that have authorized the platform.
//   - [Push] builds the requests of WeChat's message push, such as the notice that a
//     user closed an account or withdrew a consent.
//   - [Server.Advance] moves the server's clock forward.
//
// If a handler only reads the user's identity, its test needs no fake WeChat. The test can
// put an identity into the request's context with [example.com/wxlogin/wxauth.NewContext].
//
// # Behavior
//
// The server implements these calls:
//
//   - GET /sns/jscode2session
//   - GET /sns/component/jscode2session
//   - POST /cgi-bin/stable_token
//   - GET /wxa/checksession
//   - GET /wxa/resetusersessionkey
//   - POST /wxa/business/getuserphonenumber
//   - GET or POST /wxa/business/getuserencryptkey
//
// The server checks methods, parameters, AppSecrets, access tokens and signatures. Codes
// from [Phone.Login] and [Phone.PhoneCode] work once, within five minutes. A POST that has a
// body but no Content-Length gets HTTP status 412. A call of an unknown path gets 404. Any
// other refusal has HTTP status 200 and WeChat's errcode. Its errmsg ends in a random
// request ID (rid), as WeChat's errmsg does.
//
// WeChat does not document everything. Where the documentation is silent, wxtest often
// simulates the case that is harder for the caller. The main choices of wxtest are:
//
//   - By default, every [Phone.Login] makes a new session_key and ends the previous
//     session_key. After [Server.SetKeyRefresh] or [Server.SetKey], a login can keep the
//     session_key.
//   - The exchange of a login code returns the session_key of the login that made the
//     code, even if a later login has ended this session_key.
//   - A phone encrypts and signs with the session_key of its own last login, even if
//     that session_key is no longer valid.
//   - A session_key does not expire with time. [Server.ExpireKey] ends it.
//   - After resetusersessionkey replaces a session_key, the phones that had this
//     session_key use the new session_key.
//   - An access token has 512 characters. WeChat asks servers to reserve room for
//     at least 512 characters.
//   - getuserphonenumber refuses a phone code that is sent with another user's openid.
//     The errcode is 40003, and the code stays usable.
//   - The only rate limit is the limit on forced refreshes of an access token.
//   - Without a Fault, a call takes effect before the wait of [Server.SetLatency]. If the
//     caller of jscode2session gives up during this wait, the login code is already used up.
//   - The waits for Delay and Hold of a [Fault] come before the effect of the call, unless
//     TakesEffect is set.
//
// The server uses time.Now, so inside a synctest bubble it uses the clock of the
// bubble. Server, Phone and Platform are safe for concurrent use. Most mistakes in the
// test itself, such as a Phone with an unknown appid, cause a panic.
package wxtest
