// Package wxtest provides a fake WeChat for tests and demonstrations: the
// server API that a mini program's server calls, and phones whose users log in.
//
//	wechat := wxtest.NewServer(wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "s3cret"})
//	defer wechat.Close()
//	phone := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
//	code := phone.Login() // what wx.login gives the mini program
//
// The code under test reaches it in one of three ways: over loopback at
// [Server.URL]; through [Server.Transport], an http.RoundTripper without a
// network, made for testing/synctest; or wherever the test mounts the Server,
// which is an http.Handler (behind httptest with TLS and HTTP/2, say).
//
// # What it does
//
//   - GET /sns/jscode2session
//   - POST /cgi-bin/stable_token
//   - GET /wxa/checksession
//   - GET /wxa/resetusersessionkey
//   - POST /wxa/business/getuserphonenumber
//   - GET or POST /wxa/business/getuserencryptkey
//
// It is as strict as WeChat: methods, parameters, AppSecrets, access tokens,
// signatures, and codes that work once and for five minutes. It refuses with
// WeChat's own errcode, HTTP status 200 and a fresh rid.
//
// Where WeChat does not say what it does, this was chosen, the harsher way
// where there is one:
//
//   - every [Phone.Login] makes a new session_key and kills the one before
//     ([Server.SetKeyRefresh] changes that); the session_key that a code is
//     exchanged for is the one of that login, even if another came after it;
//   - a phone encrypts under the session_key of its own last login, dead or
//     alive;
//   - a session_key does not expire by itself, only by [Server.ExpireKey];
//     resetusersessionkey changes the key of the session, and the phones that
//     are in it go on with the new one;
//   - an access token has 512 characters, the length one must be ready for;
//   - a phone code with another user's openid is errcode 40003 and not used up;
//   - there are no limits on how often something is called, but for forced
//     access tokens.
//
// A [Fault] makes the next call, or all of them, go wrong: an errcode, an HTTP
// status, a broken body, a delay, no connection, and so on. [Server.Calls] and
// [Server.Count] tell what was called; [Server.OnCall] tells it live.
//
// Time is time.Now, so synctest's clock drives it; [Server.Advance] moves it on.
// Everything here is safe for concurrent use. What is wrong in the test itself
// (an unknown appid, data that cannot be marshalled) panics.
package wxtest
