package wxauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
	"example.com/wxlogin/wxauth"
)

// tokenPair is an application with an access token that lasts 15 minutes and a refresh
// token that lasts 30 days. The two Auths use separate stores, or separate prefixes in one
// store. Clients log in only with the LoginHandler of the refresh Auth.
type tokenPair struct{ access, refresh *wxauth.Auth }

func lasting(lifetime time.Duration, store scs.Store) *scs.SessionManager {
	s := wxauth.NewSessions()
	s.Lifetime, s.Store = lifetime, store
	return s
}

// reply is the ReplyLogin of the refresh Auth.
func (p *tokenPair) reply(w http.ResponseWriter, r *http.Request, login wxauth.Login) {
	access, err := p.access.LoginAs(r.Context(), login.Identity)
	if err != nil {
		p.access.WriteError(w, r, err)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"access_token": access.Token, "refresh_token": login.Token,
		"expires_in": int(time.Until(access.Until).Seconds())})
}

// renew is the handler of POST /token, under the Require of the refresh Auth.
func (p *tokenPair) renew(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	login, err := p.refresh.Renew(r.Context(), id)
	if err != nil {
		p.refresh.WriteError(w, r, err)
		return
	}
	p.refresh.WriteLogin(w, r, login)
}

// revoke ends the user's refresh tokens before the access tokens. In the other order, a
// client could use its refresh token between the two calls and get a new access token. If
// the method reply runs at the same time as revoke, the access token that reply creates can
// stay valid until it expires.
func (p *tokenPair) revoke(ctx context.Context, id wxauth.Identity, reason string) error {
	if _, err := p.refresh.Revoke(ctx, id, reason); err != nil {
		return err
	}
	_, err := p.access.Revoke(ctx, id, reason)
	return err
}

// TestPortTokenPair checks that neither token of a pair is accepted in place of the other.
func TestPortTokenPair(t *testing.T) {
	t.Run("two stores", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			testTokenPair(t, stores.NewMemory(), stores.NewMemory(), time.Sleep) // on synctest's fake clock
		})
	})
	t.Run("two prefixes", func(t *testing.T) {
		server := redistest.Start(t)
		open := func(prefix string) scs.Store {
			store, err := stores.OpenRedis("redis://" + server.Addr + "?prefix=" + prefix)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { store.Close() })
			return store
		}
		testTokenPair(t, open("access:"), open("refresh:"), nil)
	})
}

func testTokenPair(t *testing.T, accessStore, refreshStore scs.Store, sleep func(time.Duration)) {
	p := new(tokenPair)
	p.access, _ = newAuth(t, wxauth.Config{Sessions: lasting(15*time.Minute, accessStore)})
	refresh, wechat := newAuth(t, wxauth.Config{Sessions: lasting(30*day, refreshStore), ReplyLogin: p.reply,
		OnLogin: func(*http.Request, wxauth.Identity) (string, error) { return "user 7", nil }})
	p.refresh = refresh
	type pair struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Seconds int    `json:"expires_in"`
	}
	read := func(w *httptest.ResponseRecorder) (got pair) {
		t.Helper()
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.Seconds < 890 || got.Seconds > 900 {
			t.Fatalf("%d %s: %v, %v", w.Code, w.Body, got, err)
		}
		return got
	}
	renew := func(token string) *httptest.ResponseRecorder {
		return serve(p.refresh.Require(http.HandlerFunc(p.renew)), "POST", "/token", token, "")
	}
	check := func(what string, auth *wxauth.Auth, token, want string) {
		t.Helper()
		if got := reasonOf(auth, token); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	first := read(post(background, p.refresh, wechat.Phone(appID, openID).Login()))
	check("access", p.access, first.Access, "200")
	check("refresh", p.refresh, first.Refresh, "200")
	check("the access token as refresh token", p.refresh, first.Access, "401")
	check("the refresh token as access token", p.access, first.Refresh, "401")
	if id, _ := p.access.Authenticate(background, first.Access); id.UserID != "user 7" {
		t.Errorf("access is of %+v", id)
	}
	if sleep != nil {
		sleep(15 * time.Minute)
		check("access after a quarter of an hour", p.access, first.Access, "401")
	}
	second := read(renew(first.Refresh))
	check("the new access token", p.access, second.Access, "200")
	check("the old refresh token", p.refresh, first.Refresh, "401")
	if w := renew(first.Refresh); w.Code != 401 {
		t.Errorf("the old refresh token again: %d %s", w.Code, w.Body)
	}
	third := read(renew(second.Refresh))
	id, _ := p.refresh.Authenticate(background, third.Refresh)
	if err := p.revoke(background, id, "closed"); err != nil {
		t.Fatal(err)
	}
	for what, token := range map[string]string{"second": second.Access, "third": third.Access} {
		check(fmt.Sprint("the ", what, " access token after Revoke"), p.access, token, "401 closed")
	}
	check("the refresh token after Revoke", p.refresh, third.Refresh, "401 closed")
}
