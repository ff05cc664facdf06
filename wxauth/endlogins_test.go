package wxauth_test

import (
	"net/http"
	"testing"

	"example.com/wxlogin/wxauth"
)

// The login after the twentieth ends the oldest, so that none is left that Revoke
// would not find.
func TestLoginsBounded(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	phone := wechat.Phone(appID, openID)
	var tokens []string
	for range 23 {
		tokens = append(tokens, login(t, auth, phone))
	}
	for i, token := range tokens {
		w := serve(auth.Require(me), "GET", "/", token, "")
		if works := w.Code == http.StatusOK; works != (i >= 3) {
			t.Errorf("login %d of 23: %d", i+1, w.Code)
		}
	}
	if n, err := auth.Revoke(background, alice, ""); n != 20 || err != nil {
		t.Errorf("Revoke: %d, %v; want 20", n, err)
	}
}
