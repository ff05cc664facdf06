package playground

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
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

// phones contains the simulated WeChat and its users. Each visitor of the page is one
// user with two phones. The phones are simulated in this process and not in the page,
// because a phone needs the session_key and the page must not receive it.
type phones struct {
	app    wxauth.App
	wechat *wxtest.Server
	rec    *recorder
	logins func(ctx context.Context, id wxauth.Identity) ([]wxauth.ActiveLogin, error)

	mu   sync.Mutex
	used map[string]*devices // the key is the value of the visitor's cookie
}

// devices are the two phones of a visitor.
type devices struct {
	openID  string
	phones  map[string]*wxtest.Phone // the key is the number of the phone, "1" or "2"
	expired bool                     // set by expire, cleared by login
}

func newPhones(rec *recorder) *phones {
	app := wxauth.App{ID: "wx5197e3d1c1a7e0f4", Secret: "f00dc0de5197e3d1c1a7e0f4deadbeef"}
	p := &phones{app: app, wechat: wxtest.NewServer(app), rec: rec, used: make(map[string]*devices)}
	p.wechat.OnCall(rec.onCall)
	return p
}

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

// sameOrigin refuses the POST requests that a browser sends for a page of another
// origin.
func sameOrigin(h http.Handler) http.Handler { return http.NewCrossOriginProtection().Handler(h) }

func (p *phones) openID(user string) string {
	sum := sha256.Sum256([]byte(user))
	return "oSIM" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

// code answers with a code of wx.login, for clients other than the page, such as curl.
func (p *phones) code(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	io.WriteString(w, p.wechat.Phone(p.app.ID, p.openID(r.FormValue("user"))).Login())
}

const maxVisitors = 1000

// of returns the phones of a visitor. If the visitor has no phones, it adds two. If
// maxVisitors other visitors already have phones, it also removes the phones of one of
// them. The caller holds p.mu.
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

func (p *phones) handle(do func(*devices, *wxtest.Phone) action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := originOf(r)
		if from.device == "" {
			http.Error(w, "open the page first", http.StatusForbidden)
			return
		}
		p.mu.Lock()
		d := p.of(from.visitor)
		did := do(d, d.phones[from.device])
		p.mu.Unlock()
		w.Header().Set(exchangeHeader, strconv.Itoa(p.rec.phoneAction(from, did)))
		writeJSON(w, did.result)
	})
}

func (p *phones) login(d *devices, phone *wxtest.Phone) action {
	d.expired = false
	return action{"wx.login()", map[string]string{"errMsg": "login:ok", "code": phone.Login()}}
}

func (p *phones) checkSession(_ *devices, phone *wxtest.Phone) action {
	result := "checkSession:fail session time out, need relogin"
	if phone.CheckSession() {
		result = "checkSession:ok"
	}
	return action{"wx.checkSession()", map[string]string{"errMsg": result}}
}

// runData simulates wx.getWeRunData. It fails before the phone's first wx.login. Later,
// if d.expired is true, it encrypts with a new session_key that the mini program's server
// does not know.
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

func (p *phones) phoneNumber(_ *devices, phone *wxtest.Phone) action {
	return action{"getPhoneNumber", map[string]string{
		"errMsg": "getPhoneNumber:ok", "code": phone.PhoneCode("86", "13800138000"),
	}}
}

// expire ends the user's session_key. WeChat sometimes does this by itself.
func (p *phones) expire(d *devices, _ *wxtest.Phone) action {
	d.expired = true
	p.wechat.ExpireKey(p.app.ID, d.openID)
	return action{op: "expire"}
}

func (p *phones) state(w http.ResponseWriter, r *http.Request) {
	visitor := visitorOf(r)
	if visitor == "" {
		http.Error(w, "open the page first", http.StatusForbidden)
		return
	}
	p.mu.Lock()
	openID := p.of(visitor).openID
	p.mu.Unlock()
	logins, err := p.logins(r.Context(), wxauth.Identity{AppID: p.app.ID, OpenID: openID})
	if err != nil {
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	writeJSON(w, map[string]int{"logins": len(logins)})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v)
}
