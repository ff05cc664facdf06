package wxauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

func outline(events []wxauth.Event) (all []string) {
	for _, e := range events {
		line := e.Name + " " + e.Outcome
		if e.Count > 0 {
			line += fmt.Sprint(" ", e.Count)
		}
		all = append(all, line)
	}
	return all
}

func TestOnLoginRevokesOthers(t *testing.T) {
	store := newTestStore()
	h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
	others := []string{login(t, h.Auth, h.phone), login(t, h.Auth, h.wechat.Phone(appID, openID))}
	stranger := login(t, h.Auth, h.wechat.Phone(appID, "another user"))
	h.hook = func(r *http.Request, id wxauth.Identity) (string, error) {
		n, err := h.RevokeOthers(r.Context(), id, "elsewhere")
		if n != 2 || err != nil {
			t.Errorf("RevokeOthers: %d, %v", n, err)
		}
		if logins, err := h.Logins(r.Context(), id); len(logins) > 0 || err != nil {
			t.Errorf("Logins in OnLogin: %v, %v", logins, err)
		}
		return "user 7", nil
	}
	h.events = nil
	token := login(t, h.Auth, h.phone)
	want := []string{"end ok", "end ok", "revoke ok 2", "login ok"}
	if diff := cmp.Diff(want, outline(h.events)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if id, err := h.Authenticate(background, token); err != nil || id.UserID != "user 7" {
		t.Errorf("the new login: %v, %v", id, err)
	}
	for _, other := range others {
		if got := reasonOf(h.Auth, other); got != "401 elsewhere" {
			t.Errorf("another login: %s", got)
		}
	}
	if got := reasonOf(h.Auth, stranger); got != "200" {
		t.Errorf("another user's login: %s", got)
	}
	if n, err := h.Revoke(background, alice, ""); n != 1 || err != nil {
		t.Errorf("Revoke: %d, %v", n, err)
	}
}

// reasonOf returns the HTTP status that a token gets under Require, followed by the reason
// if the reply contains one.
func reasonOf(auth *wxauth.Auth, token string) string {
	w := serve(auth.Require(me), "GET", "/", token, "")
	var p struct{ Reason string }
	json.Unmarshal(w.Body.Bytes(), &p)
	return strings.TrimSpace(fmt.Sprint(w.Code, " ", p.Reason))
}

// TestOnLoginRevokedMeanwhile checks that a login fails if another request calls Revoke or
// RevokeOthers for the user while OnLogin runs, even if OnLogin calls RevokeOthers too.
func TestOnLoginRevokedMeanwhile(t *testing.T) {
	for name, hook := range map[string]func(h *hooked, ctx context.Context, id wxauth.Identity) error{
		"Revoke": func(h *hooked, _ context.Context, id wxauth.Identity) error {
			_, err := h.Revoke(background, id, "")
			return err
		},
		"RevokeOthers by another request": func(h *hooked, _ context.Context, id wxauth.Identity) error {
			id.LoginID = "another"
			_, err := h.RevokeOthers(background, id, "")
			return err
		},
		"RevokeOthers, then Revoke": func(h *hooked, ctx context.Context, id wxauth.Identity) error {
			if _, err := h.RevokeOthers(ctx, id, ""); err != nil {
				return err
			}
			_, err := h.Revoke(background, id, "")
			return err
		},
		"Revoke, then RevokeOthers": func(h *hooked, ctx context.Context, id wxauth.Identity) error {
			if _, err := h.Revoke(background, id, ""); err != nil {
				return err
			}
			_, err := h.RevokeOthers(ctx, id, "")
			if errorCode(err) != wxauth.CodeNotLoggedIn {
				return fmt.Errorf("RevokeOthers after Revoke: %w", err)
			}
			return nil
		},
	} {
		for _, loggedIn := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", logged in ", loggedIn), func(t *testing.T) {
				store := newTestStore()
				h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
				if loggedIn {
					login(t, h.Auth, h.phone)
				}
				h.hook = func(r *http.Request, id wxauth.Identity) (string, error) {
					if err := hook(h, r.Context(), id); err != nil {
						t.Error(err)
					}
					return "", nil
				}
				if w := post(background, h.Auth, h.phone.Login()); code(w) != wxauth.CodeNotLoggedIn {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
				if n := store.logins(t); n > 0 {
					t.Errorf("%d sessions are left", n)
				}
			})
		}
	}
}

// TestOnLoginReadsAGuest shows how OnLogin can copy data from the session of a guest.
func TestOnLoginReadsAGuest(t *testing.T) {
	b := newBeside(t)
	h := newHooked(t, wxauth.Config{Sessions: b.sessions})
	guest := login(t, h.Auth, h.wechat.Phone(appID, "guest"))
	put := func(token, key, value string) {
		serve(h.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			b.sessions.Put(r.Context(), key, value)
		})), "POST", "/", token, "")
	}
	put(guest, "cart", "apples")
	h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
		token := r.Header.Get("Guest")
		id, err := h.Authenticate(r.Context(), token)
		if err != nil || id.OpenID != "guest" {
			t.Errorf("Authenticate: %v, %v", id, err)
		}
		old, err := b.sessions.Load(background, token)
		if err != nil {
			return "", err
		}
		b.sessions.Put(r.Context(), "cart", b.sessions.GetString(old, "cart"))
		return "", nil
	}
	r, _ := http.NewRequest("GET", "/?code="+h.phone.Login(), nil)
	r.Header.Set("Guest", guest)
	w := newRecorder()
	h.LoginHandler().ServeHTTP(w, r)
	if diff := cmp.Diff(map[string]any{"cart": "apples"}, b.values(t, tokenOf(t, w))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	put(guest, "cart", "pears") // the new login has not ended the guest's login
	if diff := cmp.Diff(map[string]any{"cart": "pears"}, b.values(t, guest)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
