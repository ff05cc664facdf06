package wxauth_test

import (
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
)

func TestLifetime(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, lifetime := range []time.Duration{time.Second, time.Hour, 7 * 24 * time.Hour, 100 * year, math.MaxInt64} {
		t.Run(lifetime.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sessions := wxauth.NewSessions()
				sessions.Lifetime = lifetime
				auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
				token := login(t, auth, wechat.Phone(appID, openID))
				handlers := map[string]http.Handler{
					"Require": auth.Require(me), "LoadAndSave": auth.LoadAndSave(me), "SessionHandler": auth.SessionHandler(),
				}
				want := func(status int) {
					t.Helper()
					for name, h := range handlers {
						if w := serve(h, "GET", "/", token, ""); w.Code != status {
							t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, status)
						}
					}
				}
				want(http.StatusOK)
				if lifetime == math.MaxInt64 {
					return // synctest's fake clock does not reach that far
				}
				time.Sleep(lifetime - time.Nanosecond) // on synctest's fake clock
				want(http.StatusOK)
				time.Sleep(time.Nanosecond)
				want(http.StatusUnauthorized)
			})
		})
	}
}

// TestLifetimeOfCenturies sets the Lifetime to the largest time.Duration. The end of the
// login must not overflow.
func TestLifetimeOfCenturies(t *testing.T) {
	sessions := wxauth.NewSessions()
	sessions.Lifetime = 1<<63 - 1
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
	token := login(t, auth, wechat.Phone(appID, openID))
	id, err := auth.Authenticate(background, token)
	if err != nil || time.Until(id.Until) < 99*365*24*time.Hour {
		t.Errorf("got %v, %v", id.Until, err)
	}
	if n, err := auth.Revoke(background, alice, ""); n != 1 || err != nil {
		t.Errorf("Revoke: %d, %v", n, err)
	}
}
