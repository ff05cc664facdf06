package wxauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// TestOnLoginPuts checks that the values that OnLogin puts into the session cost no extra
// write to the store.
func TestOnLoginPuts(t *testing.T) {
	for view, ops := range map[string]string{"swapping": "find commit swap", "context": "find commit find commit", "plain": "find commit find commit"} {
		for name, codec := range map[string]scs.Codec{"Codec": wxauth.NewSessions().Codec, "gob": scs.GobCodec{}} {
			t.Run(view+", "+name, func(t *testing.T) {
				store := newTestStore()
				sessions := sessionsIn(views[view](store))
				sessions.Codec = codec
				h := newHooked(t, wxauth.Config{Sessions: sessions})
				got := make(map[string]any)
				for _, puts := range []bool{false, true} {
					h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
						if puts {
							sessions.Put(r.Context(), "cart", "apples")
							sessions.Put(r.Context(), "n", 7)
						}
						return "", nil
					}
					h.Revoke(background, alice, "")
					store.set(nil)
					token := login(t, h.Auth, h.phone)
					if list := store.list(); list != ops {
						t.Errorf("puts %v: operations %q, want %q", puts, list, ops)
					}
					serve(h.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						for _, key := range []string{"cart", "n"} {
							got[key] = sessions.Get(r.Context(), key)
						}
					})), "GET", "/", token, "")
				}
				if diff := cmp.Diff(map[string]any{"cart": "apples", "n": 7}, got); diff != "" {
					t.Errorf("(-put +got):\n%s", diff)
				}
			})
		}
	}
}

// TestOnLoginSetsTheDeadline checks that SetDeadline in OnLogin can shorten the login but
// cannot extend it.
func TestOnLoginSetsTheDeadline(t *testing.T) {
	const week = 7 * 24 * time.Hour
	for name, test := range map[string]struct {
		set, want time.Duration
		status    int
	}{
		"an hour": {time.Hour, time.Hour, 200},
		"longer":  {10 * week, week, 200},
		"now":     {0, 0, 500},
		"before":  {-time.Hour, 0, 500},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				sessions := sessionsIn(store)
				h := newHooked(t, wxauth.Config{Sessions: sessions})
				h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
					sessions.SetDeadline(r.Context(), time.Now().Add(test.set))
					return "", nil
				}
				start := time.Now()
				w := post(background, h.Auth, h.phone.Login())
				if w.Code != test.status {
					t.Fatalf("got %d %s", w.Code, w.Body)
				}
				if w.Code != 200 {
					if n := len(everything(t, store.memory)); n > 0 {
						t.Errorf("%d values in the store", n)
					}
					return
				}
				token := tokenOf(t, w)
				id, err := h.Authenticate(background, token)
				if err != nil || id.Until.Sub(start) != test.want {
					t.Errorf("ends after %v, %v; want %v", id.Until.Sub(start), err, test.want)
				}
				if logins, _ := h.Logins(background, alice); len(logins) != 1 || !logins[0].Until.Equal(id.Until) {
					t.Errorf("Logins: %v", logins)
				}
				time.Sleep(test.want) // on synctest's fake clock
				if _, err := h.Authenticate(background, token); !errors.Is(err, wxauth.ErrNotLoggedIn) {
					t.Errorf("after the end: %v", err)
				}
			})
		})
	}
}

// TestOnLoginSpoilsTheSession checks that a login fails if OnLogin makes a forbidden change
// to the new session. RenewToken and Commit give the session a token that is not the token of
// the login. MergeSession copies the reserved key wxauth.identity from the session of another
// login.
func TestOnLoginSpoilsTheSession(t *testing.T) {
	for name, spoil := range map[string]func(s *scs.SessionManager, ctx context.Context, guest string) error{
		"Destroy":    func(s *scs.SessionManager, ctx context.Context, _ string) error { return s.Destroy(ctx) },
		"RenewToken": func(s *scs.SessionManager, ctx context.Context, _ string) error { return s.RenewToken(ctx) },
		"Commit": func(s *scs.SessionManager, ctx context.Context, _ string) error {
			_, _, err := s.Commit(ctx)
			return err
		},
		"MergeSession": func(s *scs.SessionManager, ctx context.Context, guest string) error {
			return s.MergeSession(ctx, guest)
		},
		"Put after RenewToken": func(s *scs.SessionManager, ctx context.Context, _ string) error {
			err := s.RenewToken(ctx)
			s.Put(ctx, "cart", "apples")
			return err
		},
		"Commit of nothing, then Put": func(s *scs.SessionManager, ctx context.Context, _ string) error {
			_, _, err := s.Commit(ctx)
			s.Put(ctx, "cart", "apples")
			return err
		},
		"a reserved key": func(s *scs.SessionManager, ctx context.Context, _ string) error {
			s.Put(ctx, "wxauth.identity", "7")
			return nil
		},
		"a reserved key of no use": func(s *scs.SessionManager, ctx context.Context, _ string) error {
			s.Put(ctx, "wxauth.", "7")
			return nil
		},
		"a value that cannot be encoded": func(s *scs.SessionManager, ctx context.Context, _ string) error {
			s.Put(ctx, "f", func() {})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			sessions := sessionsIn(newTestStore())
			h := newHooked(t, wxauth.Config{Sessions: sessions})
			guest := login(t, h.Auth, h.wechat.Phone(appID, "guest"))
			h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
				return "", spoil(sessions, r.Context(), guest)
			}
			if w := post(background, h.Auth, h.phone.Login()); code(w) != wxauth.CodeInternal {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			if logins, err := h.Logins(background, alice); len(logins) > 0 || err != nil {
				t.Errorf("Logins: %v, %v", logins, err)
			}
		})
	}
}

func TestOnLoginMergesAGuest(t *testing.T) {
	sessions := sessionsIn(newTestStore())
	h := newHooked(t, wxauth.Config{Sessions: sessions})
	guest, err := sessions.Load(background, "")
	if err != nil {
		t.Fatal(err)
	}
	sessions.Put(guest, "cart", "apples")
	cookie, _, err := sessions.Commit(guest)
	if err != nil {
		t.Fatal(err)
	}
	h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
		return "", sessions.MergeSession(r.Context(), cookie)
	}
	token := login(t, h.Auth, h.phone)
	cart := ""
	serve(h.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cart = sessions.GetString(r.Context(), "cart")
	})), "GET", "/", token, "")
	if cart != "apples" {
		t.Errorf("the cart is %q", cart)
	}
}

// TestOnLoginInsideAnotherSession checks that OnLogin's context holds the session of the
// new login, even if an outer middleware has loaded another session.
func TestOnLoginInsideAnotherSession(t *testing.T) {
	b := newBeside(t)
	h := newHooked(t, wxauth.Config{Sessions: b.sessions})
	cookie := b.cookie(t)
	old := login(t, h.Auth, h.wechat.Phone(appID, "another user"))
	h.hook = func(r *http.Request, id wxauth.Identity) (string, error) {
		if keys := b.sessions.Keys(r.Context()); len(keys) > 0 {
			t.Errorf("the session has %v", keys)
		}
		if wxauth.OpenID(r.Context()) != id.OpenID {
			t.Errorf("the context is of %s", wxauth.OpenID(r.Context()))
		}
		if err := h.Save(r.Context()); err == nil {
			t.Error("Save works in OnLogin")
		}
		b.sessions.Put(r.Context(), "cart", "pears")
		return "", nil
	}
	for name, outer := range map[string]func(http.Handler) http.Handler{
		"the manager's LoadAndSave": b.sessions.LoadAndSave, "LoadAndSave": h.LoadAndSave, "Require": h.Require, "none": func(h http.Handler) http.Handler { return h },
	} {
		w := serveCookie(outer(h.LoginHandler()), "POST", "/login", cookie, old, `{"code":"`+h.phone.Login()+`"}`)
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
		if diff := cmp.Diff(map[string]any{"cart": "pears"}, b.values(t, tokenOf(t, w))); diff != "" {
			t.Errorf("%s: the login's session (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(map[string]any{"cart": "apples"}, b.values(t, cookie)); diff != "" {
			t.Errorf("%s: the cookie's session (-want +got):\n%s", name, diff)
		}
		old = login(t, h.Auth, h.wechat.Phone(appID, "another user"))
	}
}

// TestOnLoginCallsWhatItCannot checks that a call that is not possible in OnLogin fails
// without a store operation or a request to WeChat. If OnLogin ignores the error, the login
// must succeed.
func TestOnLoginCallsWhatItCannot(t *testing.T) {
	store := newTestStore()
	h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
	for name, call := range map[string]func(r *http.Request, id wxauth.Identity) error{
		"Renew":           func(r *http.Request, id wxauth.Identity) error { _, err := h.Renew(r.Context(), id); return err },
		"LoginAs":         func(r *http.Request, id wxauth.Identity) error { _, err := h.LoginAs(r.Context(), id); return err },
		"Revoke":          func(r *http.Request, id wxauth.Identity) error { _, err := h.Revoke(r.Context(), id, ""); return err },
		"ResetSessionKey": func(r *http.Request, _ wxauth.Identity) error { return h.ResetSessionKey(r.Context()) },
		"EndLogin":        func(r *http.Request, id wxauth.Identity) error { _, err := h.EndLogin(r.Context(), id, ""); return err },
		"RevokeOthers of another login": func(r *http.Request, id wxauth.Identity) error {
			id.LoginID = strings.Repeat("x", 22)
			_, err := h.RevokeOthers(r.Context(), id, "")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h.hook = func(r *http.Request, id wxauth.Identity) (string, error) {
				store.set(nil)
				h.wechat.ResetCalls()
				err := call(r, id)
				if errorCode(err) != wxauth.CodeInternal || !strings.Contains(err.Error(), "not possible in OnLogin") {
					t.Errorf("got %v", err)
				}
				if store.list() != "" || h.wechat.Count("") > 0 {
					t.Errorf("operations %q, %d calls of WeChat", store.list(), h.wechat.Count(""))
				}
				return "", nil
			}
			if _, err := h.Authenticate(background, login(t, h.Auth, h.phone)); err != nil {
				t.Error(err)
			}
		})
	}
}
