package wxauth_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// TestMaxLoginsPushesOut checks that a new login above MaxLogins ends the existing login
// with the earliest Until. If several existing logins have this Until, the oldest of them
// must end.
func TestMaxLoginsPushesOut(t *testing.T) {
	for name, test := range map[string]struct {
		ends []time.Duration // the duration of each login
		want string          // the indexes of the logins that MaxLogins ends, in this order
	}{
		"one after another":      {[]time.Duration{1 * day, 2 * day, 3 * day, 4 * day}, "0 1"},
		"the end decides":        {[]time.Duration{3 * day, 1 * day, 2 * day, 4 * day}, "1 2"},
		"in the same second":     {[]time.Duration{day, day, day, day}, "0 1"},
		"the new one ends first": {[]time.Duration{2 * day, 3 * day, time.Hour, time.Minute}, "0 2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHooked(t, wxauth.Config{MaxLogins: 2})
				var logins []wxauth.Login
				var out []string
				for _, ends := range test.ends {
					id := alice
					id.Until = time.Now().Add(ends)
					h.events = nil
					got, err := h.LoginAs(background, id)
					if err != nil {
						t.Fatal(err)
					}
					for _, e := range h.events {
						for i, l := range logins {
							if e.Name == wxauth.EventEnd && e.LoginID == l.LoginID {
								out = append(out, fmt.Sprint(i))
							}
						}
					}
					logins = append(logins, got)
				}
				if got := strings.Join(out, " "); got != test.want {
					t.Errorf("pushed out, by events: %s, want %s", got, test.want)
				}
				for i, l := range logins {
					want := "200"
					if strings.Contains(test.want, fmt.Sprint(i)) {
						want = "401 replaced"
					}
					if got := reasonOf(h.Auth, l.Token); got != want {
						t.Errorf("login %d: %s, want %s", i, got, want)
					}
				}
			})
		})
	}
}

// TestMaxLoginsAndTheOldToken checks login requests that carry the token of an older login.
// Later 401s for that token must contain no "reason". If the older login belongs to the same
// user, the new login must not end the user's other logins.
func TestMaxLoginsAndTheOldToken(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{MaxLogins: 2})
	phone := wechat.Phone(appID, openID)
	tablet, old := login(t, auth, phone), login(t, auth, phone)
	again := func(old string) string {
		return tokenOf(t, serve(auth.LoginHandler(), "POST", "/", old, `{"code":"`+phone.Login()+`"}`))
	}
	first := old
	for range 5 {
		old = again(old)
	}
	if got := reasonOf(auth, tablet) + reasonOf(auth, first) + reasonOf(auth, old); got != "200401200" {
		t.Errorf("the tablet, the first and the last token of the phone: %s", got)
	}
	stranger := login(t, auth, wechat.Phone(appID, "another user"))
	old = again(stranger)
	if got := reasonOf(auth, tablet) + ", " + reasonOf(auth, stranger) + ", " + reasonOf(auth, old); got != "401 replaced, 401, 200" {
		t.Errorf("after a login with another user's token: %s", got)
	}
}

// TestMaxLoginsKeepsSessionKeys checks data that a phone encrypted just before MaxLogins
// ended the phone's login. Decrypt must accept the data until KeyGrace has passed.
func TestMaxLoginsKeepsSessionKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{MaxLogins: 1})
		phone, tablet := wechat.Phone(appID, openID), wechat.Phone(appID, openID)
		login(t, auth, phone)
		var data wxauth.Encrypted
		data.EncryptedData, data.IV = phone.Encrypt(map[string]any{})
		ctx := contextOf(t, auth, login(t, auth, tablet))
		time.Sleep(5*time.Minute - time.Second)
		if err := auth.Decrypt(ctx, data, new(any)); err != nil {
			t.Errorf("within KeyGrace: %v", err)
		}
		time.Sleep(time.Second)
		if err := auth.Decrypt(ctx, data, new(any)); errorCode(err) != wxauth.CodeSessionKeyStale {
			t.Errorf("after KeyGrace: %v", err)
		}
	})
}

// TestOldLoginCannotBeEnded sends login requests with the token of an older login. A store
// failure prevents the end of the older login, so the new login must be refused.
func TestOldLoginCannotBeEnded(t *testing.T) {
	for name, other := range map[string]string{"the user's own": openID, "another user's": "another user"} {
		for _, op := range []string{"find", "delete"} {
			t.Run(name+", "+op, func(t *testing.T) {
				store := newTestStore()
				h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
				old := login(t, h.Auth, h.wechat.Phone(appID, other))
				h.events = nil
				store.set(func(_ context.Context, _ int, o, args string) (bool, error) {
					if o == op && strings.HasPrefix(args, storeKey(old)) {
						return false, errDown
					}
					return false, nil
				})
				w := serve(h.LoginHandler(), "POST", "/", old, `{"code":"`+h.phone.Login()+`"}`)
				if err := checkFailure(w); err != nil {
					t.Error(err)
				}
				store.set(nil)
				want := []string{"end store_unavailable", "login store_unavailable"}
				if diff := cmp.Diff(want, outline(h.events)); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
				if n := store.logins(t); n != 1 {
					t.Errorf("%d sessions, want the old one alone", n)
				}
			})
		}
	}
}

// TestNotBefore checks that logins from before Config.NotBefore are refused. These logins
// must not count for MaxLogins, and Revoke must delete their sessions.
func TestNotBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newTestStore()
		sessions := sessionsIn(store)
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions, MaxLogins: 2})
		phone := wechat.Phone(appID, openID)
		old := []string{login(t, auth, phone), login(t, auth, phone)}
		id, _ := auth.Authenticate(background, old[0])
		time.Sleep(time.Minute)
		incident := time.Now()
		h := newHooked(t, wxauth.Config{Sessions: sessions, MaxLogins: 2, NotBefore: incident})
		for name, handler := range map[string]http.Handler{"Require": h.Require(me), "LoadAndSave": h.LoadAndSave(me), "session": h.SessionHandler()} {
			if w := serve(handler, "GET", "/", old[0], ""); w.Code != 401 || strings.Contains(w.Body.String(), "reason") {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
		}
		if _, err := h.Renew(background, id); errorCode(err) != wxauth.CodeNotLoggedIn {
			t.Errorf("Renew: %v", err)
		}
		time.Sleep(time.Second)
		h.events = nil
		fresh := []string{login(t, h.Auth, h.wechat.Phone(appID, openID)), login(t, h.Auth, h.wechat.Phone(appID, openID))}
		if diff := cmp.Diff([]string{"login ok", "login ok"}, outline(h.events)); diff != "" {
			t.Errorf("old logins count (-want +got):\n%s", diff)
		}
		if logins, err := h.Logins(background, alice); len(logins) != 2 || err != nil {
			t.Errorf("Logins: %v, %v", logins, err)
		}
		if got := reasonOf(h.Auth, fresh[0]) + reasonOf(h.Auth, fresh[1]); got != "200200" {
			t.Errorf("logins made after it: %s", got)
		}
		if ended, err := h.EndLogin(background, id, "kicked"); ended || err != nil {
			t.Errorf("EndLogin of an old one: %v, %v", ended, err)
		}
		if n, err := h.Revoke(background, alice, "gone"); n != 2 || err != nil {
			t.Errorf("Revoke: %d, %v", n, err)
		}
		if n := store.logins(t); n > 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

// TestNotBeforeInTheSameSecond checks a login that was made in the same second as
// NotBefore. Identity.Since has only whole seconds. If NotBefore is later than the start of
// that second, the login must count as older than NotBefore.
func TestNotBeforeInTheSameSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := wxauth.NewSessions()
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
		time.Sleep(300 * time.Millisecond)
		token := login(t, auth, wechat.Phone(appID, openID))
		time.Sleep(300 * time.Millisecond)
		after, _ := newAuth(t, wxauth.Config{Sessions: sessions, NotBefore: time.Now()})
		same, _ := newAuth(t, wxauth.Config{Sessions: sessions, NotBefore: time.Now().Truncate(time.Second)})
		if got := reasonOf(after, token) + ", " + reasonOf(same, token); got != "401, 200" {
			t.Errorf("NotBefore later in the second, and at its start: %s", got)
		}
	})
}
