package wxauth_test

import (
	"context"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
)

// TestCostOfAnUnknownToken checks that an unknown token costs two reads of the store.
// The second read looks for the reason of an ended login. A malformed token costs no
// read.
func TestCostOfAnUnknownToken(t *testing.T) {
	b := newBeside(t)
	a := b.auth
	for name, use := range map[string]func(token string){
		"Require":      func(token string) { serve(a.Require(me), "GET", "/", token, "") },
		"Identify":     func(token string) { serve(a.Identify(me), "GET", "/", token, "") },
		"LoadAndSave":  func(token string) { serve(a.LoadAndSave(me), "GET", "/", token, "") },
		"session":      func(token string) { serve(a.SessionHandler(), "GET", "/", token, "") },
		"Authenticate": func(token string) { a.Authenticate(background, token) },
		"logout":       func(token string) { serve(a.LogoutHandler(), "POST", "/", token, "") },
	} {
		for token, want := range map[string]string{strings.Repeat("x", 43): "find find", strings.Repeat("x", 42): "", "": ""} {
			b.store.set(nil)
			use(token)
			if ops := b.store.list(); ops != want {
				t.Errorf("%s, a token of %d characters: operations %q, want %q", name, len(token), ops, want)
			}
		}
	}
	b.store.set(nil)
	serve(a.LoginHandler(), "POST", "/", strings.Repeat("x", 43), `{"code":"`+b.wechat.Phone(appID, openID).Login()+`"}`)
	if ops := b.store.list(); ops != "find find find commit swap" {
		t.Errorf("a login with an unknown token: operations %q", ops)
	}
}

// TestReasonCannotBeRead checks that the answer is 503 if the store fails to read the
// reason of an ended login. After a 401 that lacks the reason, the client would log in
// again without asking the user.
func TestReasonCannotBeRead(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	if _, err := b.auth.Revoke(background, alice, "gone"); err != nil {
		t.Fatal(err)
	}
	b.store.set(func(_ context.Context, _ int, _, args string) (bool, error) {
		if strings.HasPrefix(args, ";e") {
			return false, errDown
		}
		return false, nil
	})
	if _, err := b.auth.Authenticate(background, token); errorCode(err) != wxauth.CodeStoreUnavailable {
		t.Errorf("Authenticate: %v", err)
	}
	if err := checkFailure(serve(b.auth.Require(me), "GET", "/", token, "")); err != nil {
		t.Error(err)
	}
}
