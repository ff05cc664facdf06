package wxauth_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/wxauth"
)

func TestLoginsAndRevoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		phone := wechat.Phone(appID, openID)
		start := time.Now()
		var tokens []string
		for range 3 {
			tokens = append(tokens, login(t, auth, phone))
			time.Sleep(time.Hour)
		}
		others := login(t, auth, wechat.Phone(appID, "another user"))
		got, err := auth.Logins(background, alice)
		var want []wxauth.ActiveLogin
		for i := range 3 {
			since := start.Add(time.Duration(i) * time.Hour)
			want = append(want, wxauth.ActiveLogin{Since: since, Until: since.Add(7 * 24 * time.Hour)})
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(wxauth.ActiveLogin{}, "LoginID")); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if n, err := auth.Revoke(background, alice, ""); n != 3 || err != nil {
			t.Errorf("Revoke: %d, %v; want 3", n, err)
		}
		for _, token := range tokens {
			if w := serve(auth.Require(me), "GET", "/", token, ""); w.Code != http.StatusUnauthorized {
				t.Errorf("a revoked token: %d", w.Code)
			}
		}
		if w := serve(auth.Require(me), "GET", "/", others, ""); w.Code != http.StatusOK {
			t.Errorf("another user's token: %d", w.Code)
		}
		if n, err := auth.Revoke(background, alice, ""); n != 0 || err != nil {
			t.Errorf("Revoke again: %d, %v; want 0", n, err)
		}
		login(t, auth, phone)
		time.Sleep(4 * 24 * time.Hour)
		login(t, auth, phone)
		time.Sleep(4 * 24 * time.Hour)
		if n, err := auth.Revoke(background, alice, ""); n != 1 || err != nil {
			t.Errorf("Revoke when one of two has expired: %d, %v; want 1", n, err)
		}
	})
}

// TestRevokeRaces checks that a token from before Revoke never works after Revoke, even
// if requests, saves, logouts and logins of the same user run concurrently.
func TestRevokeRaces(t *testing.T) {
	t.Parallel()
	sessions := wxauth.NewSessions()
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
	phone := wechat.Phone(appID, openID)
	count := auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "n", sessions.GetInt(r.Context(), "n")+1)
	}))
	for i := range 2000 {
		token := login(t, auth, phone)
		var wg sync.WaitGroup
		var during string
		wg.Go(func() { serve(count, "POST", "/", token, "") })
		wg.Go(func() { serve(auth.Require(me), "GET", "/", token, "") })
		wg.Go(func() {
			w := serve(auth.LoginHandler(), "POST", "/login", "", `{"code":"`+phone.Login()+`"}`)
			if w.Code == http.StatusOK {
				during = tokenOf(t, w)
			} else if code(w) != wxauth.CodeNotLoggedIn {
				t.Errorf("login during Revoke: %d %s", w.Code, w.Body)
			}
		})
		if i%2 == 0 {
			wg.Go(func() { serve(auth.LogoutHandler(), "POST", "/", token, "") })
		}
		if _, err := auth.Revoke(background, alice, ""); err != nil {
			t.Fatal(err)
		}
		if w := serve(auth.Require(me), "GET", "/", token, ""); w.Code != http.StatusUnauthorized {
			t.Fatalf("round %d: right after Revoke the token got %d", i, w.Code)
		}
		wg.Wait()
		if w := serve(count, "POST", "/", token, ""); w.Code != http.StatusUnauthorized {
			t.Fatalf("round %d: a revoked token came back: %d", i, w.Code)
		}
		// The concurrent login was refused, was ended by Revoke, or came after Revoke. In
		// the last case the user record lists the login, so a second Revoke must end it.
		auth.Revoke(background, alice, "")
		if w := serve(auth.Require(me), "GET", "/", during, ""); w.Code != http.StatusUnauthorized {
			t.Fatalf("round %d: a live token that the record did not know", i)
		}
	}
}
