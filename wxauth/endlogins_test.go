package wxauth_test

import (
	"context"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"net/http"
	"slices"
	"testing"
	"time"

	"example.com/wxlogin/wxauth"
)

// The login above the twentieth ends the oldest one, so Revoke finds all tokens that
// work.
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

// A login whose session could not be deleted stays in the user record, so the next call
// deletes the session.
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
					continue // one login alone is pushed out
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

// The old login of a client that logs in again ends with one event, even if the user
// record has lost it or names it under another token.
func TestOldLoginThatTheRecordDoesNotKnow(t *testing.T) {
	for name, spoil := range map[string]func(f *fixture){
		"known": func(*fixture) {},
		"the record is gone": func(f *fixture) {
			key, _ := recordOf(t, f.store.memory)
			f.store.memory.Delete(key)
		},
		"renewed, and the old session came back": func(f *fixture) {
			old := everything(t, f.store.memory)[storeKey(f.token)]
			if _, err := f.auth.Renew(background, f.id); err != nil {
				t.Error(err)
			}
			f.store.memory.Commit(storeKey(f.token), old, time.Now().Add(time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, "swapping")
			spoil(f)
			f.events = nil
			if w := f.use(background, "login with an older token"); w.Code != http.StatusOK {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			want := []wxauth.Event{{Name: wxauth.EventEnd, AppID: appID, LoginID: f.id.LoginID, Outcome: "ok"}, {Name: wxauth.EventLogin, AppID: appID, Outcome: "ok"}}
			if diff := cmp.Diff(want[:1], f.events[:1], cmpopts.IgnoreFields(wxauth.Event{}, "Duration")); diff != "" || len(f.events) != 2 {
				t.Errorf("%d events, want 2; the first (-want +got):\n%s", len(f.events), diff)
			}
			if n := f.store.logins(t); n != 1 {
				t.Errorf("%d sessions, want 1", n)
			}
		})
	}
}
