package wxauth_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// A login that was made before RenewLimit was lowered may be past it. It is not renewed,
// and goes on to its own end.
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
