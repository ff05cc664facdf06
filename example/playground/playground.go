package playground

import (
	"net/http"

	"example.com/wxlogin/wxauth"
)

// A Playground records the messages between a mini program, its server and WeChat, and
// shows them on a web page.
type Playground struct {
	appID  string
	rec    *recorder
	phones *phones // nil if the real WeChat is used
}

// New makes a Playground and changes config for it. Call New before wxauth.New.
// config.Apps must contain at least one app. New replaces config.API.Instrument and
// config.OnEvent, to record events and calls to WeChat.
//
// If the first app has neither an ID nor a Secret, New replaces this app with a
// simulated mini program, and sets config.API.Transport to a simulated WeChat. In this
// case, New also sets config.Code, to accept the mock code that WeChat's developer tools
// return for a project without an AppID.
func New(config *wxauth.Config) *Playground {
	p := &Playground{rec: &recorder{diagram: newDiagram()}}
	if app := config.Apps[0]; app.ID == "" && app.Secret == "" {
		p.phones = newPhones(p.rec)
		p.rec.simulated = true
		config.Apps[0] = p.phones.app
		config.API.Transport = p.phones.wechat.Transport()
		config.Code = p.phones.codeOf
	}
	p.appID = config.Apps[0].ID
	config.API.Instrument = p.rec.instrument
	config.OnEvent = p.rec.event
	return p
}

// Attach makes server serve mux and the page. The page is at /, its files are under
// /page/, and the arrows of its diagram come from /events. If WeChat is simulated, the
// endpoints of the phones are under /sim/. mux serves all other requests. Of these, the
// page shows only requests that match a pattern of mux. Call Attach before the server
// starts.
func (p *Playground) Attach(server *http.Server, mux *http.ServeMux, auth *wxauth.Auth) {
	outer := http.NewServeMux()
	outer.Handle("/", p.rec.requests(mux))
	p.mountPage(outer)
	if p.phones != nil {
		p.phones.logins = auth.Logins
		p.phones.mount(outer)
	}
	server.Handler = outer
	server.RegisterOnShutdown(p.rec.diagram.close)
}
