package wxauth_test

import (
	"context"
	"net/http"
	"testing"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// TestRecordKey checks that the store key of a user record is refused as a token. This
// store key has 42 characters, and a token has 43.
func TestRecordKey(t *testing.T) {
	store := stores.NewMemory()
	sessions := sessionsIn(store)
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
	login(t, auth, wechat.Phone(appID, openID))
	key, _ := recordOf(t, store)
	if len(key) != 42 {
		t.Errorf("record under %q, want 42 characters", key)
	}
	if err := sessions.Iterate(background, func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
	if w := serve(auth.Require(me), "GET", "/", key, ""); w.Code != http.StatusUnauthorized {
		t.Errorf("the record's key as a token: %d", w.Code)
	}
}
