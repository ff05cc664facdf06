// Package playground provides a web page that shows the messages between a mini program,
// its server and WeChat. The page is a demonstration. A real server does not need it.
//
// Three lines add the playground to a program:
//
//	play := playground.New(&config)     // config is a wxauth.Config
//	play.Attach(server, mux, auth)      // server is a *http.Server
//	play.Print(os.Stdout, listener.Addr())
//
// Without these lines and the import of this package, the program still compiles.
//
// If the first app of config has neither an ID nor a Secret, New replaces it with a
// simulated mini program, and simulates WeChat in this process. Anybody who can reach
// the server can then log in as a simulated user. With any other first app, New
// simulates nothing.
//
// # Map
//
//   - playground.go contains [Playground], which combines the parts. instructions.go
//     contains the text that [Playground.Print] writes.
//   - page.go serves the page. The files of the page are in the folder page. They are
//     plain HTML, CSS, SVG and JavaScript modules without a build step.
//   - phones.go contains the simulated WeChat and the two simulated phones of each
//     visitor.
//   - mockcode.go accepts the code that wx.login returns in a project without an AppID.
//   - record_requests.go, record_wechat.go and record_actions.go make the arrows of the
//     page's diagram from requests, calls to WeChat, events, and actions of phones.
//   - redact.go removes the secrets from requests and responses. Package wxtest removes
//     the secrets from calls to the simulated WeChat; see [wxtest.Call].
//   - diagram.go keeps the arrows and streams them to the page.
//   - origin.go identifies visitors and their phones.
//
// # Limits
//
// The page shows no token, code, session_key or AppSecret. It shows openids only of
// simulated users, and only in messages between the server and WeChat. Calls to the
// simulated WeChat run one after the other. At most 1000 visitors have phones. A new
// visitor above this limit takes the place of an arbitrary visitor.
package playground
