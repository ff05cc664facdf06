package wxauth_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEachOperationFails makes each store operation of each function in the map uses fail,
// one per call of the function. The answer must not be 401, because every client would then
// log in again. In the table, the number after an operation is the status of the answer if
// this operation fails.
func TestEachOperationFails(t *testing.T) {
	want := map[string]map[string]string{
		"swapping": {
			"login":                     "find:503 commit:503 swap:503",
			"login with an older token": "find:503 find:503 commit:503 swap:503 delete:503 swap:200",
			"Require":                   "find:503",
			"Identify":                  "find:503",
			"LoadAndSave":               "find:503",
			"SessionHandler":            "find:503",
			"logout":                    "find:503 delete:503 find:204 swap:204",
			"Decrypt":                   "find:503",
			"Revoke":                    "find:503 swap:503 delete:503 swap:200",
			"Logins":                    "find:503",
			"RevokeOthers":              "find:503 swap:503 commit:503 delete:503 swap:200",
			"EndLogin":                  "find:503 swap:503 commit:503 delete:503 swap:200",
			"Renew":                     "find:503 find:503 commit:503 swap:503 swap:503 swap:503 swap:200",
			"login by LoginAs":          "find:503 commit:503 swap:503",
			"Authenticate":              "find:503",
		},
		// If the store cannot swap, each update of the user record reads the record first,
		// under a lock.
		"context": {
			"login":                     "find:503 commit:503 find:503 commit:503",
			"login with an older token": "find:503 find:503 commit:503 find:503 commit:503 delete:503 find:200 commit:200",
			"Require":                   "find:503",
			"Identify":                  "find:503",
			"LoadAndSave":               "find:503",
			"SessionHandler":            "find:503",
			"logout":                    "find:503 delete:503 find:204 delete:204",
			"Decrypt":                   "find:503",
			"Revoke":                    "find:503 commit:503 delete:503 find:200 commit:200",
			"Logins":                    "find:503",
			"RevokeOthers":              "find:503 commit:503 commit:503 delete:503 find:200 commit:200",
			"EndLogin":                  "find:503 commit:503 commit:503 delete:503 find:200 delete:200",
			"Renew":                     "find:503 find:503 commit:503 find:503 commit:503 commit:503 delete:503 find:200 commit:200",
			"login by LoginAs":          "find:503 commit:503 find:503 commit:503",
			"Authenticate":              "find:503",
		},
	}
	want["plain"] = want["context"]
	for view, want := range want {
		for name, want := range want {
			for _, late := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/late=%v", view, name, late), func(t *testing.T) {
					f := newFixture(t, view)
					f.store.set(nil)
					if w := f.use(background, name); w.Code >= 300 {
						t.Fatalf("without a failure: %d %s", w.Code, w.Body)
					}
					var got []string
					for i, op := range strings.Fields(f.store.list()) {
						got = append(got, op+":"+strconv.Itoa(failNth(t, view, name, op, i+1, late)))
					}
					if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

// failNth calls uses[name], makes store operation number n of this call fail, and returns
// the status of the reply.
func failNth(t *testing.T, view, name, op string, n int, late bool) int {
	t.Helper()
	f := newFixture(t, view)
	before := f.store.logins(t)
	f.store.set(nth(n, late))
	w := f.use(background, name)
	f.store.set(nil)
	if w.Code >= 300 {
		if err := checkFailure(w); err != nil {
			t.Errorf("operation %d: %v", n, err)
		}
	}
	if !strings.HasPrefix(name, "login") {
		return w.Code
	}
	if w.Code == http.StatusOK {
		if got := serve(f.auth.Require(me), "GET", "/", tokenOf(t, w), ""); got.Body.String() != openID {
			t.Errorf("operation %d: the token handed out gets %d %s", n, got.Code, got.Body)
		}
		return w.Code
	}
	if late && op == "delete" {
		return w.Code // the old session is deleted although the store returned an error, so the checks below would fail
	}
	if after := f.store.logins(t); after != before {
		t.Errorf("operation %d: %d sessions, %d before the login that failed", n, after, before)
	}
	if got := serve(f.auth.Require(me), "GET", "/", f.token, ""); got.Body.String() != openID {
		t.Errorf("operation %d: a login that failed ended the one before: %d %s", n, got.Code, got.Body)
	}
	return w.Code
}

// TestStoreIsDown checks that each function uses[name] answers 503 if the store is down. The
// log must not contain the text of the store's error.
func TestStoreIsDown(t *testing.T) {
	for view := range views {
		for name := range uses {
			t.Run(view+"/"+name, func(t *testing.T) {
				f := newFixture(t, view)
				f.store.set(down)
				if err := checkFailure(f.use(background, name)); err != nil {
					t.Error(err)
				}
				if text := f.log.String(); !strings.Contains(text, "level=ERROR") || strings.Contains(text, errDown.Error()) {
					t.Errorf("want an error without the store's own text in the log: %s", text)
				}
				f.store.set(nil)
				if w := serve(f.auth.Require(me), "GET", "/", f.token, ""); w.Body.String() != openID {
					t.Errorf("once the store is back: %d %s", w.Code, w.Body)
				}
			})
		}
	}
}

// TestStoreHangs checks requests whose context ends after 10 seconds. A request must not
// wait longer for a hanging store. The test leaves out stores that take no context, because
// such a store cannot learn that the context has ended.
func TestStoreHangs(t *testing.T) {
	for _, view := range []string{"swapping", "context"} {
		for name := range uses {
			t.Run(view+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFixture(t, view)
					f.store.set(hang)
					ctx, cancel := context.WithTimeout(background, 10*time.Second)
					defer cancel()
					start := time.Now()
					w := f.use(ctx, name)
					if took := time.Since(start); took > 10*time.Second {
						t.Errorf("took %v, want at most 10 s", took)
					}
					if strings.HasPrefix(name, "login") {
						if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
							t.Errorf("got %d %s", w.Code, w.Body)
						}
						time.Sleep(time.Minute) // a login by a code runs in its own goroutine; wait until it has ended
					} else if err := checkFailure(w); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

// TestHangingStoreHoldsNobodyElse checks two calls for the same user. The first call holds
// the lock of the user record while it waits for the store. The second call must wait for
// this lock only until its own context ends.
func TestHangingStoreHoldsNobodyElse(t *testing.T) {
	for _, use := range []string{"login", "Revoke", "EndLogin", "Renew"} {
		for _, view := range []string{"swapping", "context"} {
			t.Run(view+"/"+use, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFixture(t, view)
					waiting := false
					f.store.set(func(ctx context.Context, n int, op, key string) (bool, error) {
						if writes := op == "swap" || op == "commit" && strings.HasPrefix(key, ";u"); writes && !waiting {
							waiting = true
							return hang(ctx, n, op, key)
						}
						return false, nil
					})
					long, cancel := context.WithTimeout(background, time.Hour)
					defer cancel()
					go f.use(long, "login")
					synctest.Wait()
					if !waiting {
						t.Fatal("the login does not wait for the store")
					}
					short, cancel := context.WithTimeout(background, time.Second)
					defer cancel()
					start := time.Now()
					if w := f.use(short, use); w.Code != http.StatusServiceUnavailable {
						t.Errorf("got %d %s", w.Code, w.Body)
					}
					if took := time.Since(start); took != time.Second {
						t.Errorf("took %v, want a second", took)
					}
					time.Sleep(time.Minute) // until the first call has ended
				})
			})
		}
	}
}
