// Package playground provides a web page that shows the messages between a mini program,
// its server and WeChat. The page is a demonstration. A real server does not need it.
//
// Three lines add the playground to a program:
//
//	play := playground.New(&config)     // config is a wxauth.Config
//	play.Attach(server, mux, auth)      // server is a *http.Server
//	play.Print(os.Stdout, listener.Addr())
//
// To remove the playground, delete these lines and the import of this package.
//
// If the first app of config has neither an ID nor a Secret, New replaces it with a
// simulated mini program, and simulates WeChat in this process. Anybody who can reach
// the server can then log in as a simulated user. If the first app has an ID or a
// Secret, New simulates nothing.
//
// # Map
//
//   - playground.go contains [Playground]. instructions.go contains the text that
//     [Playground.Print] writes.
//   - page.go serves the page. The files of the page are in the folder page.
//   - phones.go starts the simulated WeChat, and simulates two phones for each visitor of
//     the page.
//   - mockcode.go accepts the code that wx.login returns in WeChat's developer tools for a
//     project without an AppID.
//   - record_requests.go makes the arrows of the page's diagram for requests of clients,
//     record_wechat.go for calls to WeChat, and record_actions.go for events of package
//     wxauth and for actions of the simulated phones.
//   - redact.go removes the secrets from requests and responses. Package wxtest removes
//     the secrets from calls to the simulated WeChat; see [wxtest.Call].
//   - diagram.go keeps the arrows and streams them to the page.
//   - origin.go identifies visitors and their phones.
//
// # Limits
//
// The diagram does not show the values of tokens, codes from WeChat, session_keys and
// AppSecrets. It shows openids only of simulated users, and only in messages between the
// server and WeChat. The server's calls to the simulated WeChat run one after the other.
// At most 1000 visitors have phones. Above this limit, the phones of a new visitor replace
// the phones of an arbitrary visitor.
package playground
