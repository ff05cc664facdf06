package playground

import (
	"net/http"

	"example.com/wxlogin/wxauth"
)

// Playground is the page with all that it needs. Make one with New.
type Playground struct {
	appID  string
	rec    *recorder
	phones *phones // nil with the real WeChat
}

// New adds a playground to config, before wxauth.New sees it. It sets
// API.Instrument and OnEvent, so that it can show what happens. If the one app
// of config has neither an ID nor a Secret, New fills in a made-up mini program
// and sets API.Transport to a simulated WeChat. It then also sets Code, to accept
// the mock code of WeChat's developer tools. An app that has one of the two is
// left as it is.
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

// Attach makes server serve the page, and mux behind it. The page is at /, its
// files are under /page/, its events at /events and its phones under /sim/. Of
// the requests to mux the page shows those that match a pattern. Attach must be
// called before the server starts.
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
