package wxauth_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestRecordEnds checks that the logout from a user's last login deletes the user record, if
// the user's logins were not revoked before. Without a logout, the record expires 10 minutes
// after the end of the last login, because the clocks of two servers can differ by that much.
func TestRecordEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := stores.NewMemory()
		sessions := sessionsIn(store)
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
		first, second := login(t, auth, wechat.Phone(appID, openID)), login(t, auth, wechat.Phone(appID, openID))
		for _, token := range []string{first, second} {
			if key, _ := recordOf(t, store); key == "" {
				t.Error("the record went too early")
			}
			serve(auth.LogoutHandler(), "POST", "/", token, "")
		}
		if all := everything(t, store); len(all) != 0 {
			t.Errorf("after the last logout there is still %v", all)
		}
		login(t, auth, wechat.Phone(appID, openID))
		time.Sleep(7*24*time.Hour + 10*time.Minute - time.Second)
		if key, _ := recordOf(t, store); key == "" {
			t.Error("the record is gone, although the login lives by a clock that is ten minutes behind")
		}
		time.Sleep(time.Second)
		if all := everything(t, store); len(all) != 0 {
			t.Errorf("after the last login's end there is still %v", all)
		}
	})
}

// TestRecordUpdatedAtOnce checks that the user record lists every login if one user logs
// in 60 times concurrently.
func TestRecordUpdatedAtOnce(t *testing.T) {
	for _, plain := range []bool{false, true} {
		sessions := wxauth.NewSessions()
		if plain {
			sessions.Store = plainStore{sessions.Store}
		}
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions, MaxLogins: 60})
		other, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}, Sessions: sessions, MaxLogins: 60, API: wxapi.Options{Transport: wechat.Transport()}})
		if err != nil {
			t.Fatal(err)
		}
		if plain {
			// plainStore has no compare-and-swap, so two Auths could overwrite each other's
			// changes.
			other = auth
		}
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() { login(t, []*wxauth.Auth{auth, other}[i%2], wechat.Phone(appID, openID)) })
		}
		wg.Wait()
		if n, err := auth.Revoke(background, alice, ""); n != 60 || err != nil {
			t.Errorf("plain store %v: revoked %d, %v; want 60", plain, n, err)
		}
	}
}

// TestRecordKeepsNoEndedLogins checks that the user record does not grow with each expired
// login.
func TestRecordKeepsNoEndedLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := stores.NewMemory()
		sessions := sessionsIn(store)
		sessions.Lifetime = time.Hour
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions, MaxLogins: 1000})
		phone, most := wechat.Phone(appID, openID), 0
		for i := range 200 {
			login(t, auth, phone)
			_, b := recordOf(t, store)
			if i == 20 {
				most = len(b)
			}
			time.Sleep(10 * time.Minute)
		}
		if _, b := recordOf(t, store); len(b) > most {
			t.Errorf("the record has %d bytes after 200 logins, %d after 20; at most 8 of them count", len(b), most)
		}
	})
}

// TestRevokeIsRemembered checks that the user record is kept for 10 minutes after a Revoke,
// even if the user has no login. A login that is in progress during the Revoke normally
// finishes within this time, and must be refused.
func TestRevokeIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newTestStore()
		h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
		h.hook = func(*http.Request, wxauth.Identity) (string, error) {
			if _, err := h.Revoke(background, alice, ""); err != nil {
				t.Error(err)
			}
			time.Sleep(9 * time.Second)
			return "", nil
		}
		if w := post(background, h.Auth, h.phone.Login()); code(w) != wxauth.CodeNotLoggedIn {
			t.Errorf("a login under way at Revoke: %d %s", w.Code, w.Body)
		}
		for _, step := range []struct {
			after time.Duration
			kept  bool
		}{{9*time.Minute + 50*time.Second, true}, {time.Second, false}} {
			time.Sleep(step.after)
			if key, _ := recordOf(t, store.memory); (key != "") != step.kept {
				t.Errorf("after another %v the record is there: %v, want %v", step.after, key != "", step.kept)
			}
		}
	})
}
