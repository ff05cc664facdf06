// Package playground is a web page that shows the messages between a mini program, its
// server and WeChat. It is a demonstration; a real server does not need it.
//
// A program needs three lines to add the playground. Without these lines and the
// import, the program still compiles:
//
//	play := playground.New(&config)     // config is a wxauth.Config
//	play.Attach(server, mux, auth)      // server is a *http.Server
//	play.Print(os.Stdout, listener.Addr())
//
// If the first app of config is empty, New adds a simulated mini program and simulates
// WeChat in this process. Then anybody can log in as a simulated user. Otherwise New
// adds only the page, and logins use the real WeChat.
//
// # Map
//
//   - playground.go has [Playground], which combines the parts. instructions.go has the
//     text that it prints.
//   - page.go serves the page. Its files are in page/. They are plain HTML, CSS and
//     JavaScript modules without a build step.
//   - phones.go has the simulated WeChat and the two simulated phones of each visitor.
//   - mockcode.go accepts the code that wx.login returns in a project without an AppID.
//   - record_requests.go, record_wechat.go and record_actions.go make arrows from
//     requests, calls to WeChat, events, and actions of phones.
//   - redact.go removes the secrets from requests and responses. The simulated WeChat
//     redacts its own calls; see [wxtest.Call].
//   - diagram.go keeps the arrows and streams them to the page.
//   - origin.go identifies visitors.
//
// # Limits
//
// The page shows no token, code, session_key or AppSecret. It shows openids only of
// simulated users, and only in messages between the server and WeChat. Simulated calls
// to WeChat run one after the other. At most 1000 visitors have phones. A new
// visitor then replaces a random visitor.
package playground
