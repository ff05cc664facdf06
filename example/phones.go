package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// phones are a simulated WeChat and the phones of its users, of whom each
// visitor of the page is one. What the page has a phone do is done here, since
// WeChat on a phone knows what a mini program, and so the page, must not.
type phones struct {
	app    wxauth.App
	wechat *wxtest.Server
	rec    *recorder
	logins func(ctx context.Context, appID, openID string) ([]wxauth.ActiveLogin, error)

	mu   sync.Mutex
	used map[string]*devices // by visitor
}

// devices are a visitor's two phones.
type devices struct {
	openID  string
	phones  map[string]*wxtest.Phone // "1" and "2"
	expired bool                     // the session_key ended with no login since
}

func newPhones(rec *recorder) *phones {
	app := wxauth.App{ID: "wx5197e3d1c1a7e0f4", Secret: "f00dc0de5197e3d1c1a7e0f4deadbeef"}
	p := &phones{app: app, wechat: wxtest.NewServer(app), rec: rec, used: make(map[string]*devices)}
	p.wechat.OnCall(rec.onCall)
	return p
}

// mount adds the phones' endpoints to a mux.
func (p *phones) mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /sim/code", p.code)
	mux.HandleFunc("GET /sim/state", p.state)
	for path, do := range map[string]func(*devices, *wxtest.Phone) action{
		"/sim/login":        p.login,
		"/sim/checkSession": p.checkSession,
		"/sim/runData":      p.runData,
		"/sim/phoneNumber":  p.phoneNumber,
		"/sim/expire":       p.expire,
	} {
		mux.Handle("POST "+path, sameOrigin(p.handle(do)))
	}
}

// sameOrigin keeps other pages from pressing the buttons.
func sameOrigin(h http.Handler) http.Handler { return http.NewCrossOriginProtection().Handler(h) }

// openID is that of a simulated user.
func (p *phones) openID(user string) string {
	sum := sha256.Sum256([]byte(user))
	return "oSIM" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

// code is wx.login of a simulated user, for those who have no phone but curl.
func (p *phones) code(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	io.WriteString(w, p.wechat.Phone(p.app.ID, p.openID(r.FormValue("user"))).Login())
}

// maxVisitors bounds how many visitors' phones there are at once.
const maxVisitors = 1000

// of returns a visitor's phones; p.mu is held.
func (p *phones) of(visitor string) *devices {
	d := p.used[visitor]
	if d == nil {
		for other := range p.used {
			if len(p.used) < maxVisitors {
				break
			}
			delete(p.used, other)
		}
		openID := p.openID("visitor " + visitor)
		d = &devices{openID: openID, phones: map[string]*wxtest.Phone{
			"1": p.wechat.Phone(p.app.ID, openID),
			"2": p.wechat.Phone(p.app.ID, openID),
		}}
		p.used[visitor] = d
	}
	return d
}

// action is what a phone did: the function that the mini program called, and
// what it was given. Nothing was called where that is nil.
type action struct {
	op     string
	answer map[string]string
}

// handle has a phone of the visitor's do something, and records it.
func (p *phones) handle(do func(*devices, *wxtest.Phone) action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by := originOf(r)
		if by.device == "" {
			http.Error(w, "open the page first", http.StatusForbidden)
			return
		}
		p.mu.Lock()
		d := p.of(by.visitor)
		done := do(d, d.phones[by.device])
		p.mu.Unlock()
		exchange := p.rec.phoneAction(by, done)
		w.Header().Set("Demo-Exchange", strconv.Itoa(exchange))
		writeJSON(w, done.answer)
	})
}

// login is wx.login.
func (p *phones) login(d *devices, phone *wxtest.Phone) action {
	d.expired = false
	return action{"wx.login()", map[string]string{"errMsg": "login:ok", "code": phone.Login()}}
}

// checkSession is wx.checkSession.
func (p *phones) checkSession(_ *devices, phone *wxtest.Phone) action {
	answer := "checkSession:fail session time out, need relogin"
	if phone.CheckSession() {
		answer = "checkSession:ok"
	}
	return action{"wx.checkSession()", map[string]string{"errMsg": answer}}
}

// runData is wx.getWeRunData. If the session_key has expired, WeChat encrypts
// under a new one, which the mini program's server gets to know at the next
// login only.
func (p *phones) runData(d *devices, phone *wxtest.Phone) action {
	const op = "wx.getWeRunData()"
	if phone.SessionKey().IsZero() {
		return action{op, map[string]string{"errMsg": "getWeRunData:fail login first"}}
	}
	if d.expired {
		phone.Login()
	}
	data, iv := phone.Encrypt(map[string]any{"stepInfoList": []wxapi.StepInfo{
		{Timestamp: time.Now().Unix(), Step: 4000 + rand.IntN(6000)},
	}})
	return action{op, map[string]string{"errMsg": "getWeRunData:ok", "encryptedData": data, "iv": iv}}
}

// phoneNumber is the getPhoneNumber button.
func (p *phones) phoneNumber(_ *devices, phone *wxtest.Phone) action {
	return action{"getPhoneNumber", map[string]string{
		"errMsg": "getPhoneNumber:ok", "code": phone.PhoneCode("86", "13800138000"),
	}}
}

// expire ends the user's session_key, as WeChat does when it sees fit.
func (p *phones) expire(d *devices, _ *wxtest.Phone) action {
	d.expired = true
	p.wechat.ExpireKey(p.app.ID, d.openID)
	return action{op: "expire"}
}

// state tells the page how many logins the server has of its user.
func (p *phones) state(w http.ResponseWriter, r *http.Request) {
	visitor := visitorOf(r)
	if visitor == "" {
		http.Error(w, "open the page first", http.StatusForbidden)
		return
	}
	p.mu.Lock()
	openID := p.of(visitor).openID
	p.mu.Unlock()
	logins, err := p.logins(r.Context(), p.app.ID, openID)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	writeJSON(w, struct {
		Logins int `json:"logins"`
	}{len(logins)})
}
