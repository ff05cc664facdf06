package main

import (
	"net/http"
	"strings"

	"example.com/wxlogin/wxauth"
)

// demo is what the example has beyond a server: the page, what it shows, and a
// simulated WeChat if there is no real one.
type demo struct {
	appID  string
	rec    *recorder
	phones *phones // nil with the real WeChat
}

// newDemo completes a config without a mini program by a simulated one, and has
// the page told what happens.
func newDemo(config *wxauth.Config) *demo {
	d := &demo{rec: &recorder{watch: newWatch()}}
	if config.Apps[0] == (wxauth.App{}) {
		d.phones = newPhones(d.rec)
		d.rec.simulated = true
		config.Apps[0] = d.phones.app
		config.API.Transport = d.phones.wechat.Transport()
	}
	d.appID = config.Apps[0].ID
	config.API.Instrument = d.rec.instrument
	config.OnEvent = d.rec.event
	return d
}

// handler adds the demonstration's own endpoints to those of the application.
func (d *demo) handler(auth *wxauth.Auth, app *http.ServeMux) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", d.rec.requests(app))
	d.mountPage(mux)
	if d.phones != nil {
		d.phones.logins = auth.Logins
		d.phones.mount(mux)
	}
	return mux
}

// close ends what would keep the server from shutting down.
func (d *demo) close() { d.rec.watch.close() }

const simulated = `WeChat is simulated in this process: no request leaves this machine, and its
users are made up. Set WX_APPID and WX_SECRET to talk to the real WeChat.

Open BASE in a browser to see what travels where.

Or paste this into a shell, as often as you like, to log in, to ask who is
logged in, and to log out:

  CODE=$(curl -s BASE/sim/code)
  TOKEN=$(curl -s -d "code=$CODE" BASE/login | sed 's/.*"token":"\([^"]*\)".*/\1/')
  curl -s -H "Authorization: Bearer $TOKEN" BASE/me
  curl -s -H "Authorization: Bearer $TOKEN" -X POST -w '%{http_code}\n' BASE/logout
  curl -s -H "Authorization: Bearer $TOKEN" BASE/me
`

const genuine = `Logins go to the real WeChat. The mini program posts the code of wx.login to
BASE/login and sends the token it gets as a bearer token.

Open BASE in a browser to see what travels where.
`

// instructions is what the program prints when it listens.
func (d *demo) instructions(base string) string {
	text := genuine
	if d.phones != nil {
		text = simulated
	}
	return "Listening on " + base + "\n\n" + strings.ReplaceAll(text, "BASE", base) + "\nCtrl-C stops it.\n"
}
