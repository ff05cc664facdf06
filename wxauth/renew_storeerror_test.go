package wxauth_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestRenewThatFailedLeavesNothing makes each store operation of a renewal fail in turn. If
// Renew fails, a later Revoke or EndLogin must delete every session of the login.
func TestRenewThatFailedLeavesNothing(t *testing.T) {
	for view := range views {
		f := newFixture(t, view)
		f.store.set(nil)
		f.use(background, "Renew")
		for i, op := range strings.Fields(f.store.list()) {
			for _, late := range []bool{false, true} {
				for name, end := range map[string]func(f *fixture) int{
					"a login": func(f *fixture) int {
						if reasonOf(f.auth, f.token) != "200" {
							return 1 // the session that Renew stored is left; no client has its token
						}
						w := f.use(background, "login with an older token")
						if w.Code == http.StatusOK && reasonOf(f.auth, tokenOf(t, w)) != "200" {
							t.Error("the new login does not work")
						}
						return 1
					},
					"Revoke": func(f *fixture) int { f.auth.Revoke(background, alice, ""); return 0 },
					"EndLogin": func(f *fixture) int {
						f.auth.EndLogin(background, f.id, "")
						return 0
					},
					"logout": func(f *fixture) int {
						if reasonOf(f.auth, f.token) == "200" { // a logout with a refused token would end no login
							f.use(background, "logout")
						} else {
							f.auth.EndLogin(background, f.id, "")
						}
						return 0
					},
				} {
					t.Run(fmt.Sprintf("%s, %d %s, late %v, %s", view, i, op, late, name), func(t *testing.T) {
						f := newFixture(t, view)
						f.store.set(nth(i+1, late))
						w := f.use(background, "Renew")
						f.store.set(nil)
						if w.Code == http.StatusOK {
							return
						}
						want := end(f)
						if n := f.store.logins(t); n != want {
							t.Errorf("%d sessions are left, want %d", n, want)
						}
						if got := reasonOf(f.auth, f.token); got != "401" {
							t.Errorf("the old token: %s", got)
						}
					})
				}
			}
		}
	}
}

// TestFailedRenewIsTakenBack checks that Renew deletes the new session if it cannot update
// the user record, even if the caller's context has ended.
func TestFailedRenewIsTakenBack(t *testing.T) {
	for _, view := range []string{"swapping", "context"} {
		f := newFixture(t, view)
		ctx, cancel := context.WithCancel(background)
		f.store.set(func(ctx context.Context, _ int, op, key string) (bool, error) {
			if op != "find" && strings.HasPrefix(key, ";u") {
				cancel()
			}
			return false, ctx.Err()
		})
		_, err := f.auth.Renew(ctx, f.id)
		f.store.set(nil)
		if n := f.store.logins(t); err == nil || n != 1 {
			t.Errorf("%s: %v, %d sessions, want 1", view, err, n)
		}
		if got := reasonOf(f.auth, f.token); got != "200" {
			t.Errorf("%s: the old token: %s", view, got)
		}
	}
}
