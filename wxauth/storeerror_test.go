package wxauth_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxtest"
)

// fixture is an Auth over a testStore, with one user logged in.
type fixture struct {
	store  *testStore
	auth   *wxauth.Auth
	wechat *wxtest.Server
	phone  *wxtest.Phone
	token  string
	id     wxauth.Identity // of the token
	log    *bytes.Buffer
}

// uses are the ways to use the store. Each answers with a status, and with what
// a handler of the application saw.
var uses = map[string]func(f *fixture, w http.ResponseWriter, r *http.Request){
	"login": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Authorization")
		f.login(w, r)
	},
	"login with an older token": (*fixture).login,
	"Require":                   func(f *fixture, w http.ResponseWriter, r *http.Request) { f.auth.Require(me).ServeHTTP(w, r) },
	"Identify":                  func(f *fixture, w http.ResponseWriter, r *http.Request) { f.auth.Identify(me).ServeHTTP(w, r) },
	"LoadAndSave":               func(f *fixture, w http.ResponseWriter, r *http.Request) { f.auth.LoadAndSave(me).ServeHTTP(w, r) },
	"SessionHandler":            func(f *fixture, w http.ResponseWriter, r *http.Request) { f.auth.SessionHandler().ServeHTTP(w, r) },
	"logout": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		r.Method = "POST"
		f.auth.LogoutHandler().ServeHTTP(w, r)
	},
	"Decrypt": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		data, iv := f.phone.Encrypt(map[string]string{"openId": openID})
		ctx := wxauth.NewContext(r.Context(), wxauth.Identity{AppID: appID, OpenID: openID})
		f.answer(w, r, f.auth.Decrypt(ctx, wxauth.Encrypted{EncryptedData: data, IV: iv}, new(map[string]any)))
	},
	"Revoke": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		_, err := f.auth.Revoke(r.Context(), alice, "")
		f.answer(w, r, err)
	},
	"Logins": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		_, err := f.auth.Logins(r.Context(), alice)
		f.answer(w, r, err)
	},
	"RevokeOthers": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		id := f.id
		id.LoginID = "another"
		_, err := f.auth.RevokeOthers(r.Context(), id, "gone")
		f.answer(w, r, err)
	},
	"EndLogin": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		_, err := f.auth.EndLogin(r.Context(), f.id, "kicked")
		f.answer(w, r, err)
	},
	"Renew": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		login, err := f.auth.Renew(r.Context(), f.id)
		if err == nil {
			f.auth.WriteLogin(w, r, login)
		}
		f.answer(w, r, err)
	},
	"login by LoginAs": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		login, err := f.auth.LoginAs(r.Context(), alice)
		if err == nil {
			f.auth.WriteLogin(w, r, login)
		}
		f.answer(w, r, err)
	},
	"Authenticate": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		_, err := f.auth.Authenticate(r.Context(), f.token)
		f.answer(w, r, err)
	},
}

func (f *fixture) login(w http.ResponseWriter, r *http.Request) {
	r.URL.RawQuery = "code=" + f.phone.Login()
	f.auth.LoginHandler().ServeHTTP(w, r)
}

func (f *fixture) answer(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		f.auth.WriteError(w, r, err)
	}
}

func newFixture(t *testing.T, view string) *fixture {
	t.Helper()
	f := &fixture{store: newTestStore(), log: new(bytes.Buffer)}
	f.auth, f.wechat = newAuth(t, wxauth.Config{
		Sessions: sessionsIn(views[view](f.store)),
		Logger:   slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	f.phone = f.wechat.Phone(appID, openID)
	f.token = login(t, f.auth, f.phone)
	f.id, _ = f.auth.Authenticate(background, f.token)
	return f
}

// use makes a request in one of the ways above.
func (f *fixture) use(ctx context.Context, name string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+f.token)
	w := httptest.NewRecorder()
	uses[name](f, w, r)
	return w
}

// checkFailure tells what is wrong with a reply for which the store failed.
func checkFailure(w *httptest.ResponseRecorder) error {
	retry, err := strconv.Atoi(w.Header().Get("Retry-After"))
	switch {
	case w.Code != http.StatusServiceUnavailable || code(w) != "store_unavailable":
		return fmt.Errorf("got %d %s, want 503 store_unavailable", w.Code, w.Body)
	case err != nil || retry < 1 || retry > 60:
		return fmt.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
	case w.Header().Get("Cache-Control") != "no-store":
		return fmt.Errorf("Cache-Control is %q", w.Header().Get("Cache-Control"))
	}
	return nil
}

// What each use costs, and what it answers when its first operation alone fails,
// its second alone, and so on: 503, or success where what failed was only tidying
// up. Never 401, which would have every client log in again.
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
		// Without a swap the record is read again inside the lock.
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

// failNth has the nth operation of a use fail, and returns the status.
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
		return w.Code // the login before was ended, and the reply was lost
	}
	if after := f.store.logins(t); after != before {
		t.Errorf("operation %d: %d sessions, %d before the login that failed", n, after, before)
	}
	if got := serve(f.auth.Require(me), "GET", "/", f.token, ""); got.Body.String() != openID {
		t.Errorf("operation %d: a login that failed ended the one before: %d %s", n, got.Code, got.Body)
	}
	return w.Code
}

// With a store that is down for good it is 503 all over.
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

// A store that takes a context can hang no longer than the request lasts. A login
// goes on without its caller, and its cleanup too.
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
						time.Sleep(time.Minute) // for what goes on
					} else if err := checkFailure(w); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

// While one request waits for the store inside a user's lock, another one of the
// same user waits no longer than its own context.
func TestHangingStoreHoldsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, "swapping")
		f.store.set(func(ctx context.Context, n int, op, key string) (bool, error) {
			if op == "swap" {
				return hang(ctx, n, op, key)
			}
			return false, nil
		})
		long, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		go f.use(long, "login")
		synctest.Wait()
		short, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		start := time.Now()
		if w := f.use(short, "login"); w.Code != http.StatusServiceUnavailable {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v, want a second", took)
		}
		time.Sleep(time.Minute) // for what goes on
	})
}
