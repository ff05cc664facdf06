package wxauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/wxauth"
)

const day = 24 * time.Hour

// renew sends a request with a token through a middleware, and renews the login in the
// handler.
func renew(t *testing.T, auth *wxauth.Auth, middleware func(http.Handler) http.Handler, token, userID string) (login wxauth.Login, err error) {
	t.Helper()
	w := serve(middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := wxauth.FromContext(r.Context())
		if userID != "" {
			id.UserID = userID
		}
		if login, err = auth.Renew(r.Context(), id); err == nil {
			auth.WriteLogin(w, r, login)
		}
	})), "POST", "/renew", token, "")
	if err == nil && (w.Code != 200 || tokenOf(t, w) != login.Token || w.Header().Get("Cache-Control") != "no-store") {
		t.Errorf("WriteLogin: %d %s, %v", w.Code, w.Body, w.Header())
	}
	return login, err
}

func TestRenew(t *testing.T) {
	for view := range views {
		for _, loaded := range []bool{false, true} {
			t.Run(view+map[bool]string{false: ", Require", true: ", LoadAndSave"}[loaded], func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBeside(t)
					b.sessions.Store = views[view](b.store)
					phone := b.wechat.Phone(appID, openID)
					start := time.Now()
					token := login(t, b.auth, phone)
					before, _ := b.auth.Authenticate(background, token)
					serve(b.auth.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						b.sessions.Put(r.Context(), "cart", "apples")
					})), "POST", "/", token, "")
					time.Sleep(3 * day) // on synctest's fake clock
					b.events = nil
					middleware := b.auth.Require
					if loaded {
						middleware = b.auth.LoadAndSave
					}
					got, err := renew(t, b.auth, middleware, token, "user 7")
					if err != nil {
						t.Fatal(err)
					}
					want := before
					want.UserID, want.Until = "user 7", start.Add(10*day).UTC()
					if diff := cmp.Diff(want, got.Identity); diff != "" || got.Token == token {
						t.Errorf("the renewed login (-want +got):\n%s", diff)
					}
					found, err := b.auth.Authenticate(background, got.Token)
					if diff := cmp.Diff(want, found); diff != "" || err != nil {
						t.Errorf("%v, the stored login (-want +got):\n%s", err, diff)
					}
					if diff := cmp.Diff(map[string]any{"cart": "apples"}, b.values(t, got.Token)); diff != "" {
						t.Errorf("its data (-want +got):\n%s", diff)
					}
					if status := reasonOf(b.auth, token); status != "401" {
						t.Errorf("the old token: %s", status)
					}
					logins, err := b.auth.Logins(background, alice)
					if diff := cmp.Diff([]wxauth.ActiveLogin{{LoginID: want.LoginID, Since: want.Since, Until: want.Until}}, logins); diff != "" || err != nil {
						t.Errorf("%v, Logins (-want +got):\n%s", err, diff)
					}
					data, iv := phone.Encrypt(map[string]any{})
					if err := b.auth.Decrypt(contextOf(t, b.auth, got.Token), wxauth.Encrypted{EncryptedData: data, IV: iv}, new(any)); err != nil {
						t.Errorf("Decrypt: %v", err)
					}
					renewals := []wxauth.Event{{Name: wxauth.EventRenew, AppID: appID, LoginID: want.LoginID, Outcome: "ok"}}
					other := cmpopts.IgnoreSliceElements(func(e wxauth.Event) bool {
						return e.Name == wxauth.EventSave || e.Name == wxauth.EventRequest || e.Name == wxauth.EventDecrypt
					})
					if diff := cmp.Diff(renewals, b.events, other); diff != "" {
						t.Errorf("events (-want +got):\n%s", diff)
					}
					time.Sleep(7*day - time.Second)
					if status := reasonOf(b.auth, got.Token); status != "200" {
						t.Errorf("a second before its end: %s", status)
					}
					time.Sleep(time.Second)
					if status := reasonOf(b.auth, got.Token); status != "401" {
						t.Errorf("at its end: %s", status)
					}
				})
			})
		}
	}
}

// TestRenewLimit checks that a thief with a stolen token cannot extend a login beyond
// Config.RenewLimit.
func TestRenewLimit(t *testing.T) {
	for name, test := range map[string]struct{ set, lifetime, want time.Duration }{
		"default":                     {0, 7 * day, 90 * day},
		"of ten days":                 {10 * day, 7 * day, 10 * day},
		"as long as a login":          {7 * day, 7 * day, 7 * day},
		"default, a long Lifetime":    {0, 200 * day, 200 * day},
		"no multiple of the Lifetime": {20*day + time.Hour, 7 * day, 20*day + time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sessions := wxauth.NewSessions()
				sessions.Lifetime = test.lifetime
				auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions, RenewLimit: test.set})
				start := time.Now()
				token := login(t, auth, wechat.Phone(appID, openID))
				for {
					time.Sleep(6 * day)
					if time.Since(start) >= test.want {
						break
					}
					got, err := renew(t, auth, auth.Require, token, "")
					if err != nil {
						t.Fatalf("after %v: %v", time.Since(start), err)
					}
					want := min(time.Since(start)+test.lifetime, test.want)
					if end := got.Until.Sub(start); end != want || got.Since.Sub(start) != 0 {
						t.Fatalf("after %v: ends after %v, want %v; since %v", time.Since(start), end, want, got.Since)
					}
					token = got.Token
				}
				if _, err := auth.Authenticate(background, token); !errors.Is(err, wxauth.ErrNotLoggedIn) {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
}

func TestRenewRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		id   func(id wxauth.Identity) wxauth.Identity
		end  func(auth *wxauth.Auth, token string, id wxauth.Identity)
		want string
	}{
		"no LoginID":            {id: func(id wxauth.Identity) wxauth.Identity { id.LoginID = ""; return id }, want: "not_logged_in"},
		"an unknown LoginID":    {id: func(id wxauth.Identity) wxauth.Identity { id.LoginID = strings.Repeat("x", 22); return id }, want: "not_logged_in"},
		"another user's":        {id: func(id wxauth.Identity) wxauth.Identity { id.OpenID = "another user"; return id }, want: "not_logged_in"},
		"an app not served":     {id: func(id wxauth.Identity) wxauth.Identity { id.AppID = "wx2"; return id }, want: "not_logged_in"},
		"a UserID with a break": {id: func(id wxauth.Identity) wxauth.Identity { id.UserID = "a\nb"; return id }, want: "internal"},
		"a UserID of 257 bytes": {id: func(id wxauth.Identity) wxauth.Identity { id.UserID = strings.Repeat("u", 257); return id }, want: "internal"},
		"a UnionID with a NUL":  {id: func(id wxauth.Identity) wxauth.Identity { id.UnionID = "\x00"; return id }, want: "internal"},
		"logged out":            {end: func(auth *wxauth.Auth, token string, _ wxauth.Identity) { auth.Logout(requestWith(token)) }, want: "not_logged_in"},
		"ended":                 {end: func(auth *wxauth.Auth, _ string, id wxauth.Identity) { auth.EndLogin(background, id, "kicked") }, want: "not_logged_in"},
		"revoked":               {end: func(auth *wxauth.Auth, _ string, id wxauth.Identity) { auth.Revoke(background, id, "gone") }, want: "not_logged_in"},
		"expired":               {end: func(*wxauth.Auth, string, wxauth.Identity) { time.Sleep(7 * day) }, want: "not_logged_in"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
				token := login(t, h.Auth, h.phone)
				ctx := contextOf(t, h.Auth, token)
				id, _ := wxauth.FromContext(ctx)
				if test.end != nil {
					test.end(h.Auth, token, id)
				}
				if test.id != nil {
					id = test.id(id)
				}
				before := everything(t, store.memory)
				got, err := h.Renew(ctx, id)
				if errorCode(err) != test.want || got != (wxauth.Login{}) {
					t.Errorf("got %v, %v", got, err)
				}
				if diff := cmp.Diff(before, everything(t, store.memory)); diff != "" {
					t.Errorf("the store has changed (-before +after):\n%s", diff)
				}
				if e := h.events[len(h.events)-1]; e.Name != wxauth.EventRenew || e.Outcome != test.want {
					t.Errorf("event %+v", e)
				}
				if test.end == nil {
					if status := reasonOf(h.Auth, token); status != "200" {
						t.Errorf("the token: %s", status)
					}
				}
			})
		})
	}
}

// TestRenewTwice checks that a token that was already renewed, for example a stolen one,
// cannot renew the login again.
func TestRenewTwice(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	token := login(t, auth, wechat.Phone(appID, openID))
	ctx := contextOf(t, auth, token)
	var loaded context.Context
	auth.LoadAndSave(contextTo(&loaded)).ServeHTTP(newRecorder(), requestWith(token))
	id, _ := wxauth.FromContext(ctx)
	first, err := auth.Renew(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for name, ctx := range map[string]context.Context{"Require": ctx, "LoadAndSave": loaded} {
		if _, err := auth.Renew(ctx, id); !errors.Is(err, wxauth.ErrNotLoggedIn) {
			t.Errorf("%s: again: %v", name, err)
		}
	}
	second, err := auth.Renew(background, id)
	if err != nil || second.LoginID != first.LoginID {
		t.Errorf("by LoginID alone: %v, %v", second, err)
	}
	if status := reasonOf(auth, first.Token) + reasonOf(auth, second.Token); status != "401200" {
		t.Errorf("the first and the second token: %s", status)
	}
}

// TestRenewAndMaxLogins checks that MaxLogins ends the login that would expire first, even
// if another login began earlier.
func TestRenewAndMaxLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{MaxLogins: 2})
		phone := wechat.Phone(appID, openID)
		first := login(t, auth, phone)
		time.Sleep(day)
		second := login(t, auth, phone)
		time.Sleep(day)
		renewed, err := renew(t, auth, auth.Require, first, "")
		if err != nil {
			t.Fatal(err)
		}
		logins, _ := auth.Logins(background, alice)
		if len(logins) != 2 || logins[0].LoginID != renewed.LoginID {
			t.Errorf("Logins: %v", logins)
		}
		third := login(t, auth, phone)
		for token, want := range map[string]string{renewed.Token: "200", second: "401 replaced", third: "200"} {
			if got := reasonOf(auth, token); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	})
}
