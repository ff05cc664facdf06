package wxauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestRenewPastALoweredLimit checks a login whose age has reached a RenewLimit that was
// lowered after the login began. Renew must fail but must not end the login.
func TestRenewPastALoweredLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := stores.NewMemory()
		before, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
		token := login(t, before, wechat.Phone(appID, openID))
		sessions := sessionsIn(store)
		sessions.Lifetime = 24 * time.Hour
		auth, _ := newAuth(t, wxauth.Config{Sessions: sessions, RenewLimit: 24 * time.Hour, API: wxapi.Options{Transport: wechat.Transport()}})
		time.Sleep(24 * time.Hour)
		id, err := auth.Authenticate(background, token)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := auth.Renew(background, id); !errors.Is(err, wxauth.ErrNotLoggedIn) {
			t.Errorf("got %v, %v, want ErrNotLoggedIn", got, err)
		}
		if _, err := auth.Authenticate(background, token); err != nil {
			t.Errorf("the login afterwards: %v", err)
		}
		if n := len(everything(t, store)); n != 2 {
			t.Errorf("%d values in the store, want the session and the record", n)
		}
	})
}

// TestRenewOfASessionWithoutALogin checks that Renew fails if the application has cleared
// the session of the login under scs's own LoadAndSave.
func TestRenewOfASessionWithoutALogin(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	id, _ := b.auth.Authenticate(background, token)
	clear := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { b.sessions.Clear(r.Context()) })
	serveCookie(b.sessions.LoadAndSave(clear), "POST", "/", token, "", "")
	if got, err := b.auth.Renew(background, id); !errors.Is(err, wxauth.ErrNotLoggedIn) {
		t.Errorf("got %v, %v, want ErrNotLoggedIn", got, err)
	}
}

func TestRenewForAnotherApp(t *testing.T) {
	b := newBeside(t)
	id, _ := b.auth.Authenticate(background, login(t, b.auth, b.wechat.Phone(appID, openID)))
	other, _ := newAuth(t, wxauth.Config{Apps: []wxauth.App{{ID: "wx2", Secret: "2"}}, Sessions: b.sessions})
	b.store.set(nil)
	if got, err := other.Renew(background, id); !errors.Is(err, wxauth.ErrNotLoggedIn) || b.store.list() != "" {
		t.Errorf("got %v, %v, want ErrNotLoggedIn; operations %q, want none", got, err, b.store.list())
	}
}

// TestRenewOfALoginThatEndsMeanwhile deletes the new session during Renew, after another
// request has saved data in the old session. Renew must fail and leave no session.
func TestRenewOfALoginThatEndsMeanwhile(t *testing.T) {
	f := newFixture(t, "swapping")
	renewed, saved := "", false
	f.store.set(func(_ context.Context, _ int, op, args string) (bool, error) {
		key, _, _ := strings.Cut(args, " ")
		switch {
		case op == "commit":
			renewed = key
		case op == "swap" && key == storeKey(f.token) && !saved:
			saved = true
			f.store.memory.Commit(key, append(everything(t, f.store.memory)[key], 0), time.Now().Add(time.Hour))
			f.store.memory.Delete(renewed)
		}
		return false, nil
	})
	if got, err := f.auth.Renew(background, f.id); !errors.Is(err, wxauth.ErrNotLoggedIn) || !saved {
		t.Errorf("got %v, %v, want ErrNotLoggedIn", got, err)
	}
	if n := f.store.logins(t); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}
