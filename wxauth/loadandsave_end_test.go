package wxauth_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// TestCopiesAreNoLogin copies the data of a login's session into a cookie session by
// scs's MergeSession. Afterwards, the value of the cookie and the token of the login must
// both be refused as tokens.
func TestCopiesAreNoLogin(t *testing.T) {
	for name, copy := range map[string]func(b *beside, ctx context.Context, token string) error{
		"MergeSession": func(b *beside, ctx context.Context, token string) error { return b.sessions.MergeSession(ctx, token) },
		"RenewToken after a merge": func(b *beside, ctx context.Context, token string) error {
			if err := b.sessions.MergeSession(ctx, token); err != nil {
				return err
			}
			return b.sessions.RenewToken(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBeside(t)
			token := login(t, b.auth, b.wechat.Phone(appID, openID))
			h := b.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := copy(b, r.Context(), token); err != nil {
					t.Error(err)
				}
			}))
			cookies := serveCookie(h, "GET", "/", b.cookie(t), "", "").Result().Cookies()
			if len(cookies) != 1 {
				t.Fatalf("cookies: %v", cookies)
			}
			if _, found, _ := b.store.memory.Find(storeKey(cookies[0].Value)); !found {
				t.Fatal("nothing was copied")
			}
			for _, token := range []string{cookies[0].Value, token} {
				for kind, h := range map[string]http.Handler{"Require": b.auth.Require(me), "LoadAndSave": b.auth.LoadAndSave(me)} {
					if w := serve(h, "GET", "/", token, ""); w.Code != http.StatusUnauthorized {
						t.Errorf("%s: got %d %s", kind, w.Code, w.Body)
					}
				}
			}
		})
	}
}

// TestLoginEndedByTheApplication ends the login in a handler under LoadAndSave, by a
// method of the session manager such as Destroy. Afterwards, the old token and the token
// from RenewToken must be refused. The store must be empty, even if the handler puts
// values after it has ended the login.
func TestLoginEndedByTheApplication(t *testing.T) {
	for name, end := range map[string]func(b *beside, ctx context.Context) error{
		"RenewToken": func(b *beside, ctx context.Context) error { return b.sessions.RenewToken(ctx) },
		"Destroy":    func(b *beside, ctx context.Context) error { return b.sessions.Destroy(ctx) },
		"Clear":      func(b *beside, ctx context.Context) error { return b.sessions.Clear(ctx) },
		"Remove": func(b *beside, ctx context.Context) error {
			b.sessions.Remove(ctx, "wxauth.identity")
			return nil
		},
		"Destroy, Put": func(b *beside, ctx context.Context) error {
			err := b.sessions.Destroy(ctx)
			b.sessions.Put(ctx, "cart", "apples")
			return err
		},
		"RenewToken, Put": func(b *beside, ctx context.Context) error {
			err := b.sessions.RenewToken(ctx)
			b.sessions.Put(ctx, "cart", "apples")
			return err
		},
	} {
		for _, save := range []string{"no Save", "Save twice"} {
			t.Run(name+", "+save, func(t *testing.T) {
				b := newBeside(t)
				token := login(t, b.auth, b.wechat.Phone(appID, openID))
				var after string
				h := b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if err := end(b, r.Context()); err != nil {
						t.Error(err)
					}
					after = b.sessions.Token(r.Context())
					if save == "no Save" {
						return
					}
					if err := b.auth.Save(r.Context()); err != nil {
						t.Errorf("Save: %v", err)
					}
					b.sessions.Put(r.Context(), "cart", "pears")
					if err := b.auth.Save(r.Context()); errorCode(err) != wxauth.CodeNotLoggedIn {
						t.Errorf("the second Save: got %v, want not_logged_in", err)
					}
				}))
				if w := serve(h, "POST", "/", token, ""); w.Code != 200 {
					t.Errorf("got %d", w.Code)
				}
				for _, token := range []string{token, after} {
					if w := serve(b.auth.Require(me), "GET", "/", token, ""); w.Code != http.StatusUnauthorized {
						t.Errorf("a token still gets %d", w.Code)
					}
				}
				if logins, err := b.auth.Logins(background, alice); len(logins) > 0 || err != nil {
					t.Errorf("Logins: %v, %v", logins, err)
				}
				if all, _ := b.store.memory.All(); len(all) > 0 {
					t.Errorf("%d values left in the store", len(all))
				}
				var names []string
				for _, e := range b.events {
					names = append(names, e.Name+" "+e.Outcome)
				}
				want := []string{"login ok", "logout ok", "request not_logged_in", "request not_logged_in"}
				if diff := cmp.Diff(want, names); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestMergeSessionEndsBothLogins checks that MergeSession under LoadAndSave ends the
// login of the request and the login of the merged session. Otherwise, the token of one
// user could give access to the data of another user.
func TestMergeSessionEndsBothLogins(t *testing.T) {
	b := newBeside(t)
	token, other := login(t, b.auth, b.wechat.Phone(appID, openID)), login(t, b.auth, b.wechat.Phone(appID, "another user"))
	put := b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.sessions.Put(r.Context(), "cart", "theirs")
	}))
	serve(put, "POST", "/", other, "")
	merge := b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := b.sessions.MergeSession(r.Context(), other); err != nil {
			t.Error(err)
		}
	}))
	serve(merge, "POST", "/", token, "")
	for _, token := range []string{token, other} {
		if _, found, _ := b.store.memory.Find(storeKey(token)); found {
			t.Error("a session is still there")
		}
	}
	if logins, err := b.auth.Logins(background, alice); len(logins) > 0 || err != nil {
		t.Errorf("Logins: %v, %v", logins, err)
	}
}

// TestFailedEndIsReported checks that LoadAndSave aborts the reply if the store fails after
// a handler has called Clear. LoadAndSave must emit a logout event with store_unavailable.
func TestFailedEndIsReported(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	b.events = nil
	defer func() {
		want := []wxauth.Event{{Name: "logout", AppID: appID, Outcome: "store_unavailable"}}
		if diff := cmp.Diff(want, b.events, whatever); recover() != http.ErrAbortHandler || diff != "" {
			t.Errorf("no abort, or other events (-want +got):\n%s", diff)
		}
	}()
	serve(b.auth.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b.store.set(down)
		b.sessions.Clear(r.Context())
	})), "POST", "/", token, "")
}

// TestLoginEndedInAPlainStore uses stores without compare-and-swap. The save after the
// handler must not restore a login that ended while the handler ran.
func TestLoginEndedInAPlainStore(t *testing.T) {
	for _, view := range []string{"plain", "context"} {
		t.Run(view, func(t *testing.T) {
			b := newBeside(t)
			b.sessions.Store = views[view](b.store)
			token := login(t, b.auth, b.wechat.Phone(appID, openID))
			h := b.auth.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				b.sessions.Put(r.Context(), "cart", "apples")
				serve(b.auth.LogoutHandler(), "POST", "/", token, "")
			}))
			if w := serve(h, "POST", "/", token, ""); w.Code != http.StatusOK {
				t.Errorf("got %d", w.Code)
			}
			if w := serve(b.auth.Require(me), "GET", "/", token, ""); w.Code != http.StatusUnauthorized {
				t.Errorf("after the logout: %d", w.Code)
			}
			if e := b.events[len(b.events)-2]; e.Name != "save" || e.Outcome != "not_logged_in" {
				t.Errorf("event %v", e)
			}
		})
	}
}

func TestSetDeadlineShortensOnly(t *testing.T) {
	const week = 7 * 24 * time.Hour
	for name, test := range map[string]struct {
		deadline, lives time.Duration
		cookie          bool // call SetDeadline under the manager's LoadAndSave instead of Auth.LoadAndSave, with the token as the cookie
	}{
		"shorter":                     {time.Hour, time.Hour, false},
		"longer":                      {10 * week, week, false},
		"shorter, through the cookie": {time.Hour, time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBeside(t)
				token := login(t, b.auth, b.wechat.Phone(appID, openID))
				start := time.Now()
				set := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					b.sessions.SetDeadline(r.Context(), time.Now().Add(test.deadline))
				})
				if test.cookie {
					serveCookie(b.sessions.LoadAndSave(set), "GET", "/", token, "", "")
				} else {
					serve(b.auth.LoadAndSave(set), "GET", "/", token, "")
				}
				time.Sleep(time.Until(start.Add(test.lives - time.Second))) // on synctest's fake clock
				for kind, h := range map[string]http.Handler{"Require": b.auth.Require(me), "LoadAndSave": b.auth.LoadAndSave(me)} {
					if w := serve(h, "GET", "/", token, ""); w.Code != 200 {
						t.Errorf("%s a second before the end: %d", kind, w.Code)
					}
				}
				time.Sleep(time.Second)
				for kind, h := range map[string]http.Handler{"Require": b.auth.Require(me), "LoadAndSave": b.auth.LoadAndSave(me)} {
					if w := serve(h, "GET", "/", token, ""); w.Code != 401 {
						t.Errorf("%s at the end: %d", kind, w.Code)
					}
				}
				if _, found, _ := b.store.memory.Find(storeKey(token)); found && !test.cookie {
					t.Error("the store still has the session after the login's end")
				}
			})
		})
	}
}
