package wxauth_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// TestLoginBesideCookies calls LoginHandler inside the session manager's own LoadAndSave,
// which loads cookie sessions. Each login must get a new token, and a session that holds
// only the identity, regardless of the cookie and the token of the request. Afterwards,
// the token of the request must be refused.
func TestLoginBesideCookies(t *testing.T) {
	b := newBeside(t)
	phone := b.wechat.Phone(appID, openID)
	h := b.sessions.LoadAndSave(b.auth.LoginHandler())
	planted := map[string]func() (cookie, token string){
		"a cookie of the application's":       func() (string, string) { return b.cookie(t), "" },
		"a cookie that nobody made":           func() (string, string) { return strings.Repeat("x", 43), "" },
		"a token that nobody made":            func() (string, string) { return "x", strings.Repeat("x", 43) },
		"a cookie's token":                    func() (string, string) { c := b.cookie(t); return c, c },
		"another user's token":                func() (string, string) { return "x", login(t, b.auth, b.wechat.Phone(appID, "another")) },
		"another user's token as the cookie":  func() (string, string) { return login(t, b.auth, b.wechat.Phone(appID, "another")), "" },
		"the user's own token":                func() (string, string) { return "x", login(t, b.auth, phone) },
		"the user's own token, and as cookie": func() (string, string) { c := login(t, b.auth, phone); return c, c },
		"another user's token, and as cookie": func() (string, string) { c := login(t, b.auth, b.wechat.Phone(appID, "another")); return c, c },
		"another user's token, own one cookie": func() (string, string) {
			return login(t, b.auth, phone), login(t, b.auth, b.wechat.Phone(appID, "another"))
		},
	}
	for name, plant := range planted {
		t.Run(name, func(t *testing.T) {
			cookie, old := plant()
			w := serveCookie(h, "POST", "/login", cookie, old, `{"code":"`+phone.Login()+`"}`)
			if w.Code != http.StatusOK || len(w.Result().Cookies()) > 0 {
				t.Fatalf("got %d %s, cookies %v", w.Code, w.Body, w.Result().Cookies())
			}
			token := tokenOf(t, w)
			if token == cookie || token == old {
				t.Error("the token is the planted one")
			}
			if got := serve(b.auth.Require(me), "GET", "/", token, ""); got.Body.String() != openID {
				t.Errorf("the new token gets %d %s", got.Code, got.Body)
			}
			if diff := cmp.Diff(map[string]any{}, b.values(t, token)); diff != "" {
				t.Errorf("the new session has data (-want +got):\n%s", diff)
			}
			if got := serve(b.auth.Require(me), "GET", "/", old, ""); got.Code != http.StatusUnauthorized {
				t.Errorf("the token that came with the login still gets %d %s", got.Code, got.Body)
			}
			if cookie == old {
				return
			}
			if got := serve(b.auth.Require(me), "GET", "/", cookie, ""); got.Body.String() == openID && !strings.Contains(name, "own") {
				t.Error("the cookie's session was logged in")
			}
		})
	}
}

// TestLoginCarriesNothingOver checks that a new login gets no data from the login that it
// replaces, and that the old session is deleted.
func TestLoginCarriesNothingOver(t *testing.T) {
	b := newBeside(t)
	for _, other := range []string{openID, "another"} {
		old := login(t, b.auth, b.wechat.Phone(appID, other))
		h := b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b.sessions.Put(r.Context(), "cart", "apples")
		}))
		if w := serve(h, "GET", "/", old, ""); w.Code != http.StatusOK || b.values(t, old)["cart"] != "apples" {
			t.Fatalf("got %d", w.Code)
		}
		w := serve(b.auth.LoginHandler(), "POST", "/", old, `{"code":"`+b.wechat.Phone(appID, openID).Login()+`"}`)
		if diff := cmp.Diff(map[string]any{}, b.values(t, tokenOf(t, w))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, found, _ := b.store.memory.Find(storeKey(old)); found {
			t.Error("the old session is still there")
		}
	}
}

// TestCookieIsNoToken checks that the value of the application's session cookie is not
// accepted as a token. LogoutHandler must not delete the session of the cookie.
func TestCookieIsNoToken(t *testing.T) {
	b := newBeside(t)
	cookie := b.cookie(t)
	for name, h := range map[string]http.Handler{
		"Require": b.auth.Require(me), "LoadAndSave": b.auth.LoadAndSave(me), "SessionHandler": b.auth.SessionHandler(),
	} {
		if w := serve(h, "GET", "/", cookie, ""); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
	if w := serve(b.auth.LogoutHandler(), "POST", "/", cookie, ""); w.Code != http.StatusNoContent {
		t.Errorf("logout: got %d", w.Code)
	}
	if b.values(t, cookie)["cart"] != "apples" {
		t.Error("logout ended a session that is no login")
	}
}

// TestMiddlewareBesideCookies uses the Auth's Require and LoadAndSave inside the session
// manager's own LoadAndSave. Under Require, the handler must get the identity of the
// token and the data of the cookie's session. The Auth's LoadAndSave must answer
// misconfigured, because the manager has already loaded a session into the context.
func TestMiddlewareBesideCookies(t *testing.T) {
	b := newBeside(t)
	token, cookie := login(t, b.auth, b.wechat.Phone(appID, openID)), b.cookie(t)
	cart := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, wxauth.OpenID(r.Context())+" "+b.sessions.GetString(r.Context(), "cart"))
	})
	if w := serveCookie(b.sessions.LoadAndSave(b.auth.Require(cart)), "GET", "/", cookie, token, ""); w.Body.String() != openID+" apples" {
		t.Errorf("Require: got %d %s", w.Code, w.Body)
	}
	for name, cookie := range map[string]string{"another session's cookie": cookie, "no session's cookie": "x", "the token as cookie": token} {
		w := serveCookie(b.sessions.LoadAndSave(b.auth.LoadAndSave(cart)), "GET", "/", cookie, token, "")
		got := replyOf(w)
		got.Header.Del("Vary") // set by scs
		if diff := cmp.Diff(failure(t, "misconfigured", got), got); diff != "" {
			t.Errorf("LoadAndSave, %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestNested(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	a := b.auth
	put := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.sessions.Put(r.Context(), "n", b.sessions.GetInt(r.Context(), "n")+1)
		io.WriteString(w, wxauth.OpenID(r.Context()))
	})
	for name, test := range map[string]struct {
		h   http.Handler
		ops string
	}{
		"Require":                                 {a.Require(me), "find"},
		"Identify":                                {a.Identify(me), "find"},
		"Require in Identify":                     {a.Identify(a.Require(me)), "find"},
		"Require in Require":                      {a.Require(a.Require(me)), "find"},
		"Identify in Require":                     {a.Require(a.Identify(me)), "find"},
		"Require in LoadAndSave":                  {a.LoadAndSave(a.Require(a.Identify(me))), "find"},
		"LoadAndSave":                             {a.LoadAndSave(me), "find"},
		"LoadAndSave in LoadAndSave":              {a.LoadAndSave(a.LoadAndSave(me)), "find"},
		"LoadAndSave that puts":                   {a.LoadAndSave(put), "find swap"},
		"LoadAndSave in LoadAndSave that puts":    {a.LoadAndSave(a.LoadAndSave(a.Require(put))), "find swap"},
		"LoadAndSave in Require that puts":        {a.Require(a.LoadAndSave(put)), "find find swap"},
		"SessionHandler in Require looks by self": {a.Require(a.SessionHandler()), "find find"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if v := recover(); v != nil {
					t.Errorf("panic: %v", v)
				}
			}()
			b.store.set(nil)
			w := serve(test.h, "GET", "/", token, "")
			if w.Code != 200 || w.Body.String() != openID && !strings.HasPrefix(name, "Session") || b.store.list() != test.ops {
				t.Errorf("got %d %s, operations %q, want %q", w.Code, w.Body, b.store.list(), test.ops)
			}
		})
	}
	if n := b.values(t, token)["n"]; n != 3 {
		t.Errorf("counted %v, want 3", n)
	}
}

// TestIdentityOfOthers sends requests that already have an identity in their context.
// Require must ignore an identity whose AppID its Auth does not serve. CheckSessionKey must
// refuse such an identity and not call WeChat. LoadAndSave and SessionHandler must ignore
// every identity in the context and use only the token.
func TestIdentityOfOthers(t *testing.T) {
	b := newBeside(t)
	other, wechat := newAuth(t, wxauth.Config{Apps: []wxauth.App{{ID: "wx2", Secret: "2"}}, Token: wxauth.HeaderToken("Other")})
	token := login(t, other, wechat.Phone("wx2", openID))
	foreign := wxauth.NewContext(background, wxauth.Identity{AppID: "wx2", OpenID: openID})
	own := wxauth.NewContext(background, wxauth.Identity{AppID: appID, OpenID: openID})
	for name, test := range map[string]struct {
		ctx  context.Context
		h    http.Handler
		want int
	}{
		"its own":               {own, b.auth.Require(me), 200},
		"another's":             {foreign, b.auth.Require(me), 401},
		"of no app":             {wxauth.NewContext(background, wxauth.Identity{OpenID: openID}), b.auth.Require(me), 401},
		"another's, from there": {background, other.Require(b.auth.Require(me)), 401},
		"its own, LoadAndSave":  {own, b.auth.LoadAndSave(me), 401},
		"its own, session":      {own, b.auth.SessionHandler(), 401},
	} {
		r := httptest.NewRequestWithContext(test.ctx, "GET", "/", nil)
		r.Header.Set("Other", token)
		w := httptest.NewRecorder()
		test.h.ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, test.want)
		}
	}
	if err := b.auth.CheckSessionKey(foreign); wxauth.OpenID(foreign) != openID || err == nil || b.wechat.Count("") > 0 {
		t.Errorf("the session_key of another app's user: %v", err)
	}
}

// TestTokenOfAnotherApp uses two Auths that share a session manager but serve different
// apps. The second Auth must refuse a token that the first Auth issued.
func TestTokenOfAnotherApp(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	other, _ := newAuth(t, wxauth.Config{Apps: []wxauth.App{{ID: "wx2", Secret: "2"}}, Sessions: b.sessions})
	for name, h := range map[string]http.Handler{
		"Require": other.Require(me), "LoadAndSave": other.LoadAndSave(me), "SessionHandler": other.SessionHandler(),
	} {
		if w := serve(h, "GET", "/", token, ""); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
	if w := serve(b.auth.Require(me), "GET", "/", token, ""); w.Code != 200 {
		t.Errorf("at its own: %d", w.Code)
	}
}

// TestLoadAndSaveOfTwoTokens checks that LoadAndSave answers misconfigured if an outer
// LoadAndSave has loaded the session of another token.
func TestLoadAndSaveOfTwoTokens(t *testing.T) {
	b := newBeside(t)
	token, other := login(t, b.auth, b.wechat.Phone(appID, openID)), login(t, b.auth, b.wechat.Phone(appID, "another user"))
	inner := b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the inner handler runs for %s", wxauth.OpenID(r.Context()))
	}))
	outer := b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+other)
		inner.ServeHTTP(w, r)
	}))
	if w := serve(outer, "GET", "/", token, ""); code(w) != wxauth.CodeMisconfigured {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
