// Package playground is a web page that shows the messages between a mini program, its
// server and WeChat. It is a demonstration; a real server does not need it.
//
// A program needs three lines to add the playground. Without these lines, the program
// still compiles:
//
//	play := playground.New(&config)     // config is a wxauth.Config
//	play.Attach(server, mux, auth)      // server is a *http.Server
//	play.Print(os.Stdout, listener.Addr())
//
// If config names no mini program, New adds a simulated mini program and simulates
// WeChat in this process. In this case anybody can log in, as a simulated user. If
// config names a mini program, New adds only the page, and logins use the real WeChat.
//
// # Map
//
//   - playground.go has [Playground], which combines the parts. instructions.go has the
//     text that it prints.
//   - page.go serves the page. Its files are in page/, plain HTML, CSS and
//     JavaScript modules without a build step.
//   - phones.go has the simulated WeChat and the two simulated phones of each
//     visitor.
//   - mockcode.go accepts the code of a mini program without an AppID.
//   - record_requests.go, record_wechat.go and record_actions.go turn requests,
//     calls of WeChat, actions of phones and events into arrows.
//   - redact.go removes the secrets from requests and responses. The simulated WeChat
//     redacts its own calls; see [wxtest.Call].
//   - diagram.go keeps the arrows and streams them to the page.
//   - origin.go identifies visitors.
//
// # Limits
//
// The page shows no token, code, session_key or AppSecret. It shows only openids of
// simulated users, and only in messages between the server and WeChat. Simulated calls
// of WeChat run one after the other. At most 1000 visitors have phones. A further
// visitor takes the place of an older visitor.
package playground
