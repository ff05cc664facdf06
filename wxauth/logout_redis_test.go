//go:build !race

package wxauth_test

import (
	"net/http"
	"testing"

	"example.com/wxlogin/stores/storetest/redistest"
	"example.com/wxlogin/wxauth/wxtest"
)

// TestLogoutOnAnotherInstance uses two Auths that share a Redis server. After a logout on
// one Auth, the other Auth must refuse the token immediately. The test is left out under
// the race detector, because it makes no concurrent calls.
func TestLogoutOnAnotherInstance(t *testing.T) {
	server := redistest.Start(t)
	wechat := wxtest.NewServer(app)
	first, second := newInstance(t, "redis://"+server.Addr, wechat), newInstance(t, "redis://"+server.Addr, wechat)
	for n := range 1000 {
		token := tokenOf(t, first.login(openID))
		if w := second.request(token); w.Code != http.StatusOK {
			t.Fatalf("round %d: before the logout: %d", n, w.Code)
		}
		if w := serve(first.LogoutHandler(), "POST", "/", token, ""); w.Code != http.StatusNoContent {
			t.Fatalf("round %d: logout: %d", n, w.Code)
		}
		if w := second.request(token); w.Code != http.StatusUnauthorized {
			t.Fatalf("round %d: after the logout: %d", n, w.Code)
		}
		first, second = second, first
	}
}
