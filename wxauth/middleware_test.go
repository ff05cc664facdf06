package wxauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// TestChallenge checks the WWW-Authenticate header of a 401 (RFC 6750 section 3.1).
func TestChallenge(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	byHeader, _ := newAuth(t, wxauth.Config{Token: wxauth.HeaderToken("X-Token")})
	token := login(t, auth, wechat.Phone(appID, openID))
	unknown := strings.Repeat("x", 43)
	for name, test := range map[string]struct {
		auth      *wxauth.Auth
		header    []string
		status    int
		challenge string
		detail    string
	}{
		"good":                     {auth, []string{"Bearer " + token}, 200, "", ""},
		"lower case":               {auth, []string{"bearer " + token}, 200, "", ""},
		"none":                     {auth, nil, 401, "Bearer", "wx.login"},
		"unknown":                  {auth, []string{"Bearer " + unknown}, 401, `Bearer error="invalid_token"`, "wx.login"},
		"malformed":                {auth, []string{"Bearer x"}, 401, `Bearer error="invalid_token"`, "wx.login"},
		"without scheme":           {auth, []string{token}, 401, `Bearer error="invalid_request"`, "lacks its scheme"},
		"unknown, without scheme":  {auth, []string{unknown}, 401, `Bearer error="invalid_request"`, "lacks its scheme"},
		"another scheme":           {auth, []string{"Basic " + token}, 401, "Bearer", "wx.login"},
		"scheme alone":             {auth, []string{"Bearer"}, 401, "Bearer", "wx.login"},
		"two headers":              {auth, []string{"Bearer " + token, "Bearer " + token}, 401, "Bearer", "wx.login"},
		"two tokens, no scheme":    {auth, []string{token, token}, 401, "Bearer", "wx.login"},
		"another header, no token": {byHeader, []string{token}, 401, "Bearer", "wx.login"},
	} {
		for way, h := range map[string]http.Handler{"Require": test.auth.Require(me), "LoadAndSave": test.auth.LoadAndSave(me), "session": test.auth.SessionHandler()} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["Authorization"] = test.header
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != test.status || w.Header().Get("WWW-Authenticate") != test.challenge || !strings.Contains(w.Body.String(), test.detail) {
				t.Errorf("%s, %s: %d, challenge %q, %s", name, way, w.Code, w.Header().Get("WWW-Authenticate"), w.Body)
			}
		}
	}
}

// TestCacheControl checks the Cache-Control header. The value private or no-store stops a
// shared cache from giving one user's response to another user.
func TestCacheControl(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	token := login(t, auth, wechat.Phone(appID, openID))
	own := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "max-age=60") })
	outer := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			next.ServeHTTP(w, r)
		})
	}
	known := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(wxauth.NewContext(r.Context(), alice)))
		})
	}
	code := func() string { return "/?code=" + wechat.Phone(appID, openID).Login() }
	for name, test := range map[string]struct {
		h             http.Handler
		method, token string
		target        string
		want          string
	}{
		"Require":                     {auth.Require(me), "GET", token, "/", "private"},
		"Identify":                    {auth.Identify(me), "GET", token, "/", "private"},
		"LoadAndSave":                 {auth.LoadAndSave(me), "GET", token, "/", "private"},
		"Identify, no token":          {auth.Identify(me), "GET", "", "/", ""},
		"Identify, unknown token":     {auth.Identify(me), "GET", strings.Repeat("x", 43), "/", ""},
		"Identify, NewContext":        {known(auth.Identify(me)), "GET", "", "/", "private"},
		"Require, NewContext":         {known(auth.Require(me)), "GET", "", "/", "private"},
		"the handler's own":           {auth.Require(own), "GET", token, "/", "max-age=60"},
		"an outer middleware's":       {outer(auth.Require(me)), "GET", token, "/", "no-cache"},
		"refused":                     {auth.Require(me), "GET", "", "/", "no-store"},
		"refused, outer middleware's": {outer(auth.Require(me)), "GET", "", "/", "no-store"},
		"login":                       {auth.LoginHandler(), "GET", "", code(), "no-store"},
		"login refused":               {auth.LoginHandler(), "GET", "", "/", "no-store"},
		"session":                     {auth.SessionHandler(), "GET", token, "/", "no-store"},
		"logout without a login":      {auth.LogoutHandler(), "POST", "", "/", "no-store"},
	} {
		w := serve(test.h, test.method, test.target, test.token, "")
		if got := w.Header().Get("Cache-Control"); got != test.want {
			t.Errorf("%s: Cache-Control %q, want %q", name, got, test.want)
		}
	}
	if w := serve(auth.LogoutHandler(), "POST", "/", token, ""); w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("logout: %v", w.Header())
	}
}

// behindStore simulates a store whose clock is behind, so it keeps each value too long.
type behindStore struct {
	*stores.Memory
	by time.Duration
}

func (b behindStore) CommitCtx(ctx context.Context, key string, v []byte, expiry time.Time) error {
	return b.Memory.CommitCtx(ctx, key, v, expiry.Add(b.by))
}

func (b behindStore) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
	return b.Memory.CompareAndSwapCtx(ctx, key, old, new, expiry.Add(b.by))
}

// TestEndOfALoginInAStoreThatIsBehind checks that a login ends at its Until, even if the
// store still holds the session.
func TestEndOfALoginInAStoreThatIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := sessionsIn(behindStore{stores.NewMemory(), 8 * time.Hour})
		sessions.Lifetime = time.Hour
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
		token := login(t, auth, wechat.Phone(appID, openID))
		time.Sleep(time.Hour - time.Second)
		checks := map[string]func() bool{
			"Require":        func() bool { return serve(auth.Require(me), "GET", "/", token, "").Code == 200 },
			"LoadAndSave":    func() bool { return serve(auth.LoadAndSave(me), "GET", "/", token, "").Code == 200 },
			"Identify":       func() bool { return serve(auth.Identify(me), "GET", "/", token, "").Body.String() == openID },
			"SessionHandler": func() bool { return serve(auth.SessionHandler(), "GET", "/", token, "").Code == 200 },
			"Authenticate":   func() bool { _, err := auth.Authenticate(background, token); return err == nil },
			"Logins":         func() bool { logins, _ := auth.Logins(background, alice); return len(logins) == 1 },
		}
		for name, live := range checks {
			if !live() {
				t.Errorf("%s: a second before its end the login is not live", name)
			}
		}
		time.Sleep(time.Second)
		for name, live := range checks {
			if live() {
				t.Errorf("%s: the login is live at its end", name)
			}
		}
		if n, err := auth.Revoke(background, alice, ""); n != 0 || err != nil {
			t.Errorf("Revoke counts %d, %v", n, err)
		}
		if _, found, _ := sessions.Store.Find(storeKey(token)); found {
			t.Error("the session is still there after Revoke")
		}
	})
}

func TestAuthenticate(t *testing.T) {
	store := newTestStore()
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
	token := login(t, auth, wechat.Phone(appID, openID))
	id, err := auth.Authenticate(background, token)
	if err != nil || id.OpenID != openID || len(id.LoginID) != 22 || id.Since.IsZero() || !id.Until.After(id.Since) {
		t.Errorf("got %+v, %v", id, err)
	}
	for name, token := range map[string]string{"none": "", "malformed": "x", "unknown": strings.Repeat("x", 43)} {
		if id, err := auth.Authenticate(background, token); errorCode(err) != wxauth.CodeNotLoggedIn || id != (wxauth.Identity{}) {
			t.Errorf("%s: %v, %v", name, id, err)
		}
	}
	store.set(down)
	if _, err := auth.Authenticate(background, token); errorCode(err) != wxauth.CodeStoreUnavailable {
		t.Errorf("a store that is down: %v", err)
	}
}

type cached struct {
	*testStore
	memory map[string][]byte
	asked  []string
}

func (c *cached) FindCachedCtx(ctx context.Context, key string) ([]byte, bool, error) {
	c.asked = append(c.asked, key)
	if b, ok := c.memory[key]; ok {
		return b, true, nil
	}
	b, found, err := c.FindCtx(ctx, key)
	if found {
		c.memory[key] = b
	}
	return b, found, err
}

// TestCachedReads checks that only Require, Identify and Authenticate read sessions through
// the store's cache.
func TestCachedReads(t *testing.T) {
	store := &cached{testStore: newTestStore(), memory: make(map[string][]byte)}
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
	phone := wechat.Phone(appID, openID)
	token := login(t, auth, phone)
	ctx := contextOf(t, auth, token)
	uses := map[string]func(){
		"Require":      func() { serve(auth.Require(me), "GET", "/", token, "") },
		"Identify":     func() { serve(auth.Identify(me), "GET", "/", token, "") },
		"Authenticate": func() { auth.Authenticate(background, token) },
		"LoadAndSave":  func() { serve(auth.LoadAndSave(me), "GET", "/", token, "") },
		"session":      func() { serve(auth.SessionHandler(), "GET", "/", token, "") },
		"Sign":         func() { auth.Sign(ctx, nil) },
		"Logins":       func() { auth.Logins(background, alice) },
		"Revoke":       func() { auth.Revoke(background, wxauth.Identity{AppID: appID, OpenID: "nobody"}, "") },
		"login":        func() { serve(auth.LoginHandler(), "GET", "/?code="+phone.Login(), token, "") },
		"logout":       func() { serve(auth.LogoutHandler(), "POST", "/", token, "") },
	}
	for name, use := range uses {
		store.asked = nil
		use()
		want := []string(nil)
		if name == "Require" || name == "Identify" || name == "Authenticate" {
			want = []string{storeKey(token)}
		}
		if diff := cmp.Diff(want, store.asked); diff != "" {
			t.Errorf("%s: cached reads (-want +got):\n%s", name, diff)
		}
	}
}
