package wxauth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// A login sends a bounded number of bytes to the store, also with 20 live logins and
// three sealed session keys. A swap sends the old record and the new one. Ending another
// login takes a second swap.
func TestBytesOfALogin(t *testing.T) {
	for name, test := range map[string]struct {
		live  int // before the login
		token bool
		ops   string
		most  int
	}{
		"the first":          {0, false, "find commit swap", 700},
		"the twentieth":      {19, false, "find commit swap", 5000},
		"the twenty-first":   {20, false, "find commit swap commit delete swap", 9600},
		"with its old token": {20, true, "find find commit swap delete swap", 9500},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store), SealKeys: sealKeys})
				h.hook = func(*http.Request, wxauth.Identity) (string, error) { return strings.Repeat("7", 20), nil }
				old := ""
				for i := range test.live {
					if i < test.live-3 {
						time.Sleep(6 * time.Minute) // the older keys are dropped after 5
					}
					old = login(t, h.Auth, h.phone)
				}
				if !test.token {
					old = ""
				}
				sent := make(map[string]int)
				store.set(func(_ context.Context, _ int, op, args string) (bool, error) {
					sent[op] += len(args)
					return false, nil
				})
				w := serve(h.LoginHandler(), "POST", "/", old, `{"code":"`+h.phone.Login()+`"}`)
				if w.Code != 200 {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
				if diff := cmp.Diff(test.ops, store.list()); diff != "" {
					t.Errorf("operations (-want +got):\n%s", diff)
				}
				all := 0
				for _, n := range sent {
					all += n
				}
				if all > test.most {
					t.Errorf("%d bytes, want at most %d", all, test.most)
				}
				t.Logf("%d bytes: %v", all, sent)
			})
		})
	}
}

// A login that could not be stored leaves no session behind, even if the context of its
// caller ended meanwhile.
func TestFailedLoginIsTakenBack(t *testing.T) {
	for _, view := range []string{"swapping", "context"} {
		for _, late := range []bool{false, true} {
			f := newFixture(t, view)
			ctx, cancel := context.WithCancel(background)
			f.store.set(func(ctx context.Context, _ int, op, key string) (bool, error) {
				if op != "find" && strings.HasPrefix(key, ";u") && ctx.Err() == nil {
					cancel()
					return late, ctx.Err()
				}
				return false, ctx.Err()
			})
			_, err := f.auth.LoginAs(ctx, alice)
			f.store.set(nil)
			if n := f.store.logins(t); err == nil || n != 1 {
				t.Errorf("%s, late %v: %v, %d sessions, want 1", view, late, err, n)
			}
			if logins, err := f.auth.Logins(background, alice); len(logins) != 1 || err != nil {
				t.Errorf("%s, late %v: the record has %d logins, want 1; %v", view, late, len(logins), err)
			}
		}
	}
}
