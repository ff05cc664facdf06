package wxauth_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/wxauth"
)

// TestLoginsBounded checks that a user has at most 20 live logins by default.
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

// TestFailedEndIsDoneByTheNextCall makes the deletion of one session fail in Revoke,
// RevokeOthers or LoginAs. The next call of the same method must delete the session.
func TestFailedEndIsDoneByTheNextCall(t *testing.T) {
	for view := range views {
		for name, end := range map[string]func(a *wxauth.Auth, id wxauth.Identity) error{
			"Revoke": func(a *wxauth.Auth, id wxauth.Identity) error { _, err := a.Revoke(background, id, "gone"); return err },
			"RevokeOthers": func(a *wxauth.Auth, id wxauth.Identity) error {
				id.LoginID = "another"
				_, err := a.RevokeOthers(background, id, "gone")
				return err
			},
			"LoginAs": func(a *wxauth.Auth, id wxauth.Identity) error { _, err := a.LoginAs(background, id); return err },
		} {
			for fails := range 3 {
				store := newTestStore()
				auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(views[view](store)), MaxLogins: 3})
				var tokens []string
				for range 3 {
					tokens = append(tokens, login(t, auth, wechat.Phone(appID, openID)))
				}
				ended := 0
				store.set(func(_ context.Context, _ int, op, key string) (bool, error) {
					if op == "delete" && slices.Contains([]string{storeKey(tokens[0]), storeKey(tokens[1]), storeKey(tokens[2])}, key) {
						if ended++; ended == fails+1 {
							return false, errDown
						}
					}
					return false, nil
				})
				first := end(auth, alice)
				if name == "LoginAs" && fails > 0 {
					continue // no deletion failed, because LoginAs ends only one older login
				}
				if errorCode(first) != wxauth.CodeStoreUnavailable {
					t.Errorf("%s, %s: deletion %d fails: %v", view, name, fails, first)
				}
				if err := end(auth, alice); err != nil {
					t.Errorf("%s, %s: again: %v", view, name, err)
				}
				want := map[string]int{"LoginAs": 3}[name]
				if n := store.logins(t); n != want {
					t.Errorf("%s, %s: deletion %d fails: %d sessions are left after the next call, want %d", view, name, fails, n, want)
				}
			}
		}
	}
}

// TestOldLoginThatTheRecordDoesNotKnow sends a login request that carries the token of
// the user's old login. The new login must end the old login. Even if an earlier EndLogin
// of the old login failed, there must be exactly one EventEnd for the old login.
func TestOldLoginThatTheRecordDoesNotKnow(t *testing.T) {
	for name, spoil := range map[string]func(b *beside, token string){
		"known": func(*beside, string) {},
		"its end was not finished": func(b *beside, token string) {
			id, _ := b.auth.Authenticate(background, token)
			b.store.set(failing("delete"))
			b.auth.EndLogin(background, id, "")
			b.store.set(nil)
		},
		"the record is gone": func(b *beside, _ string) {
			key, _ := recordOf(t, b.store.memory)
			b.store.memory.Delete(key)
		},
		"renewed, and the old session came back": func(b *beside, token string) {
			old := everything(t, b.store.memory)[storeKey(token)]
			id, _ := b.auth.Authenticate(background, token)
			if _, err := b.auth.Renew(background, id); err != nil {
				t.Error(err)
			}
			b.store.memory.Commit(storeKey(token), old, time.Now().Add(time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBeside(t)
			phone := b.wechat.Phone(appID, openID)
			token := login(t, b.auth, phone)
			id, _ := b.auth.Authenticate(background, token)
			spoil(b, token)
			b.events = nil
			w := serve(b.auth.LoginHandler(), "POST", "/login", token, `{"code":"`+phone.Login()+`"}`)
			after, _ := b.auth.Authenticate(background, tokenOf(t, w))
			want := []wxauth.Event{
				{Name: wxauth.EventEnd, AppID: appID, LoginID: id.LoginID, Outcome: "ok"},
				{Name: wxauth.EventLogin, AppID: appID, LoginID: after.LoginID, Outcome: "ok"},
			}
			if name == "its end was not finished" { // EndLogin has already emitted the EventEnd of the old login
				want = want[1:]
			}
			if diff := cmp.Diff(want, b.events, cmpopts.IgnoreFields(wxauth.Event{}, "Duration", "Waited", "WeChat", "Attempts")); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if n := b.store.logins(t); n != 1 {
				t.Errorf("%d sessions, want 1", n)
			}
		})
	}
}

// TestOldLoginOfAnotherUser sends a second user's login request with the token of the
// first user. The first user's login must end and cause one EventEnd.
func TestOldLoginOfAnotherUser(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	id, _ := b.auth.Authenticate(background, token)
	b.events = nil
	w := serve(b.auth.LoginHandler(), "POST", "/login", token, `{"code":"`+b.wechat.Phone(appID, "another").Login()+`"}`)
	after, err := b.auth.Authenticate(background, tokenOf(t, w))
	if after.OpenID != "another" || err != nil {
		t.Fatalf("%+v, %v", after, err)
	}
	want := []wxauth.Event{
		{Name: wxauth.EventEnd, AppID: appID, LoginID: id.LoginID, Outcome: "ok"},
		{Name: wxauth.EventLogin, AppID: appID, LoginID: after.LoginID, Outcome: "ok"},
	}
	if diff := cmp.Diff(want, b.events, cmpopts.IgnoreFields(wxauth.Event{}, "Duration", "Waited", "WeChat", "Attempts")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if logins, err := b.auth.Logins(background, id); len(logins) != 0 || err != nil {
		t.Errorf("the first user's logins: %v, %v", logins, err)
	}
	if n := b.store.logins(t); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
}
