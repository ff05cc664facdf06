// Package playground shows on a web page what travels between a mini program,
// its server and WeChat. It is a demonstration; nothing in a real server needs
// it.
//
// A program adds it in three lines. Without them it still compiles:
//
//	play := playground.New(&config)     // config is a wxauth.Config
//	play.Attach(server, mux, auth)      // server is a *http.Server
//	play.Print(os.Stdout, listener.Addr())
//
// If config names no mini program, New makes one up, with a WeChat that is
// simulated in this process. Anybody can then log in, as a made-up user. If
// config names a mini program, New adds the page alone, and logins go to the
// real WeChat.
//
// # Map
//
//   - playground.go has [Playground], which puts the parts together;
//     instructions.go has the text that it prints.
//   - page.go serves the page. Its files are in page/, plain HTML, CSS and
//     JavaScript modules without a build step.
//   - phones.go has the simulated WeChat and the two simulated phones of each
//     visitor.
//   - mockcode.go accepts the code of a mini program without an AppID.
//   - record_requests.go, record_wechat.go and record_actions.go turn requests,
//     calls of WeChat, actions of phones and events into arrows.
//   - redact.go takes out of a request or response what the page must not show.
//     The simulated WeChat redacts its own calls; see [wxtest.Call].
//   - diagram.go keeps the arrows and streams them to the page.
//   - origin.go tells visitors apart.
//
// # Limits
//
// The page shows no token, code, session_key or AppSecret. It shows the openid
// of simulated users only, and only where it travels between the server and
// WeChat. A simulated call of WeChat waits for the one before it. At most 1000
// visitors have phones; then an older visitor loses theirs.
package playground
