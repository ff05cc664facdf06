package main

import (
	"encoding/json"
	"net/http"
	"sync"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// control provides endpoints under /control/. A test uses them to control the simulated
// WeChat, the phones, the session store and the network.
type control struct {
	wechat *wxtest.Server
	auth   *wxauth.Auth
	store  *store
	shop   *shop
	road   *road

	mu     sync.Mutex
	phones map[string]*wxtest.Phone
}

func (c *control) mount(mux *http.ServeMux) {
	mux.HandleFunc("POST /control/phone/login", func(w http.ResponseWriter, r *http.Request) {
		reply(w, map[string]any{"code": c.phone(r).Login()})
	})
	mux.HandleFunc("POST /control/phone/check", func(w http.ResponseWriter, r *http.Request) {
		reply(w, map[string]any{"ok": c.phone(r).CheckSession()})
	})
	mux.HandleFunc("POST /control/phone/encrypt", func(w http.ResponseWriter, r *http.Request) {
		var v map[string]any
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		data, iv := c.phone(r).Encrypt(v)
		reply(w, map[string]any{"encryptedData": data, "iv": iv})
	})
	mux.HandleFunc("POST /control/phone/number", func(w http.ResponseWriter, r *http.Request) {
		reply(w, map[string]any{"code": c.phone(r).PhoneCode("86", "13800138000")})
	})
	mux.HandleFunc("POST /control/phone/key", func(w http.ResponseWriter, r *http.Request) {
		reply(w, map[string]any{"key": wxapi.UnsafeRevealSessionKey(c.phone(r).SessionKey())})
	})
	mux.HandleFunc("POST /control/rotate", func(w http.ResponseWriter, r *http.Request) {
		c.wechat.RotateKey(appID, openID(r.FormValue("user")))
	})
	mux.HandleFunc("POST /control/revoke", func(w http.ResponseWriter, r *http.Request) {
		n, err := c.auth.Revoke(r.Context(), wxauth.Identity{AppID: appID, OpenID: openID(r.FormValue("user"))}, r.FormValue("reason"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		reply(w, map[string]any{"ended": n})
	})
	mux.HandleFunc("POST /control/store", func(w http.ResponseWriter, r *http.Request) {
		c.store.down.Store(r.FormValue("down") == "true")
	})
	mux.HandleFunc("POST /control/wechat", c.fault)
	mux.HandleFunc("POST /control/road", c.road.set)
	mux.HandleFunc("POST /control/counts", c.counts)
}

func (c *control) phone(r *http.Request) *wxtest.Phone {
	user := r.FormValue("user")
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phones[user] == nil {
		c.phones[user] = c.wechat.Phone(appID, openID(user))
	}
	return c.phones[user]
}

// fault replaces the Fault of the simulated WeChat with the Fault in the request body. If
// the body is null, no Fault remains.
func (c *control) fault(w http.ResponseWriter, r *http.Request) {
	var f *wxtest.Fault
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.wechat.ClearFaults()
	if f != nil {
		c.wechat.FailAlways(*f)
	}
}

func (c *control) counts(w http.ResponseWriter, r *http.Request) {
	logins, err := c.auth.Logins(r.Context(), wxauth.Identity{AppID: appID, OpenID: openID(r.FormValue("user"))})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, map[string]any{
		"exchanges": c.wechat.Count("/sns/jscode2session"),
		"sessions":  len(logins),
		"orders":    c.shop.orders.Load(),
		"files":     c.shop.files.Load(),
		"calls":     c.road.counts(),
	})
}
