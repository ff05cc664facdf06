package wxauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

func TestLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		var want []wxauth.ActiveLogin
		for i := range 4 {
			id, _ := auth.Authenticate(background, login(t, auth, wechat.Phone(appID, openID)))
			want = append(want, wxauth.ActiveLogin{LoginID: id.LoginID, Since: id.Since, Until: id.Until})
			login(t, auth, wechat.Phone(appID, fmt.Sprint("user ", i)))
			time.Sleep(2 * day)
		}
		got, err := auth.Logins(background, alice)
		if diff := cmp.Diff(want[1:], got); diff != "" || err != nil { // the first login has expired
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		for name, id := range map[string]wxauth.Identity{"nobody": {AppID: appID, OpenID: "nobody"}, "of another app": {AppID: "wx2", OpenID: openID}, "nothing": {}} {
			if got, err := auth.Logins(background, id); len(got) > 0 || err != nil {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
	})
}

func TestEndingLogins(t *testing.T) {
	for name, test := range map[string]struct {
		end    func(auth *wxauth.Auth, id wxauth.Identity) (any, error) // id is the identity of the second of three logins
		want   any
		events []string
		live   string // whether each of the three logins is live afterwards
	}{
		"EndLogin": {func(a *wxauth.Auth, id wxauth.Identity) (any, error) { return a.EndLogin(background, id, "kicked") },
			true, []string{"end ok"}, "yes no yes"},
		"EndLogin of one unknown": {func(a *wxauth.Auth, id wxauth.Identity) (any, error) {
			id.LoginID = strings.Repeat("x", 22)
			return a.EndLogin(background, id, "kicked")
		}, false, nil, "yes yes yes"},
		"EndLogin of another user's": {func(a *wxauth.Auth, id wxauth.Identity) (any, error) {
			id.OpenID = "another user"
			return a.EndLogin(background, id, "kicked")
		}, false, nil, "yes yes yes"},
		"EndLogin twice": {func(a *wxauth.Auth, id wxauth.Identity) (any, error) {
			a.EndLogin(background, id, "kicked")
			return a.EndLogin(background, id, "twice")
		}, false, []string{"end ok"}, "yes no yes"},
		"RevokeOthers": {func(a *wxauth.Auth, id wxauth.Identity) (any, error) { return a.RevokeOthers(background, id, "kicked") },
			2, []string{"end ok", "end ok", "revoke ok 2"}, "no yes no"},
		"RevokeOthers of none of them": {func(a *wxauth.Auth, id wxauth.Identity) (any, error) {
			id.LoginID = "none"
			return a.RevokeOthers(background, id, "kicked")
		}, 3, []string{"end ok", "end ok", "end ok", "revoke ok 3"}, "no no no"},
		"RevokeOthers twice": {func(a *wxauth.Auth, id wxauth.Identity) (any, error) {
			a.RevokeOthers(background, id, "kicked")
			return a.RevokeOthers(background, id, "twice")
		}, 0, []string{"end ok", "end ok", "revoke ok 2", "revoke ok"}, "no yes no"},
		"Revoke": {func(a *wxauth.Auth, id wxauth.Identity) (any, error) { return a.Revoke(background, id, "kicked") },
			3, []string{"end ok", "end ok", "end ok", "revoke ok 3"}, "no no no"},
		"Revoke without a LoginID": {func(a *wxauth.Auth, _ wxauth.Identity) (any, error) { return a.Revoke(background, alice, "kicked") },
			3, []string{"end ok", "end ok", "end ok", "revoke ok 3"}, "no no no"},
		"Revoke of nobody": {func(a *wxauth.Auth, _ wxauth.Identity) (any, error) {
			return a.Revoke(background, wxauth.Identity{AppID: appID, OpenID: "nobody"}, "kicked")
		}, 0, []string{"revoke ok"}, "yes yes yes"},
	} {
		t.Run(name, func(t *testing.T) {
			store := newTestStore()
			h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
			var tokens, ids []string
			var second wxauth.Identity
			for i := range 3 {
				tokens = append(tokens, login(t, h.Auth, h.phone))
				id, _ := h.Authenticate(background, tokens[i])
				ids = append(ids, id.LoginID)
				if i == 1 {
					second = id
				}
			}
			h.events = nil
			got, err := test.end(h.Auth, second)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if diff := cmp.Diff(test.events, outline(h.events)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			live := strings.Fields(test.live)
			for i, token := range tokens {
				status := map[string]string{"yes": "200", "no": "401 kicked"}[live[i]]
				if got := reasonOf(h.Auth, token); got != status {
					t.Errorf("login %d: %s, want %s", i, got, status)
				}
			}
			for _, e := range h.events {
				ended := false
				for i, id := range ids {
					ended = ended || e.LoginID == id && live[i] == "no"
				}
				if e.Name == wxauth.EventEnd && !ended {
					t.Errorf("event %+v names no login that was ended", e)
				}
			}
			if n := strings.Count(test.live, "yes"); store.logins(t) != n {
				t.Errorf("%d sessions, want %d", store.logins(t), n)
			}
			if listed, err := h.Logins(background, alice); len(listed) != strings.Count(test.live, "yes") || err != nil {
				t.Errorf("Logins: %v, %v", listed, err)
			}
		})
	}
}

// TestEndingLoginsRefuses checks that EndLogin, RevokeOthers and Revoke refuse invalid
// arguments without a store operation.
func TestEndingLoginsRefuses(t *testing.T) {
	store := newTestStore()
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
	id, _ := auth.Authenticate(background, login(t, auth, wechat.Phone(appID, openID)))
	store.set(nil)
	ways := map[string]func(id wxauth.Identity, reason string) error{
		"EndLogin": func(id wxauth.Identity, reason string) error {
			_, err := auth.EndLogin(background, id, reason)
			return err
		},
		"RevokeOthers": func(id wxauth.Identity, reason string) error {
			_, err := auth.RevokeOthers(background, id, reason)
			return err
		},
		"Revoke": func(id wxauth.Identity, reason string) error {
			_, err := auth.Revoke(background, id, reason)
			return err
		},
	}
	for name, end := range ways {
		for _, reason := range []string{"Kicked", "new device", "a-b", "a1", "踢下线", "\n", strings.Repeat("a", 33)} {
			if err := end(id, reason); errorCode(err) != wxauth.CodeInternal || !strings.Contains(err.Error(), "a reason has") {
				t.Errorf("%s: reason %q: %v", name, reason, err)
			}
		}
		if name == "Revoke" {
			continue
		}
		if err := end(alice, "kicked"); errorCode(err) != wxauth.CodeInternal || !strings.Contains(err.Error(), "LoginID") {
			t.Errorf("%s without a LoginID: %v", name, err)
		}
	}
	if ops := store.list(); ops != "" {
		t.Errorf("operations %q", ops)
	}
	if err := ways["EndLogin"](id, strings.Repeat("a_", 16)); err != nil {
		t.Errorf("a reason of 32 characters: %v", err)
	}
}

// TestReason checks that every 401 for the token of a revoked login contains the reason that
// Revoke received, until the time at which the login would have expired.
func TestReason(t *testing.T) {
	for name, config := range map[string]func(s *scs.SessionManager){
		"default": func(*scs.SessionManager) {},
		"gob":     func(s *scs.SessionManager) { s.Codec = scs.GobCodec{} },
		"plain":   func(s *scs.SessionManager) { s.HashTokenInStore = false },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				sessions := sessionsIn(store)
				config(sessions)
				auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
				token := login(t, auth, wechat.Phone(appID, openID))
				ctx := contextOf(t, auth, token)
				time.Sleep(day)
				if _, err := auth.Revoke(background, alice, "new_device"); err != nil {
					t.Fatal(err)
				}
				want := map[string]any{"title": "Unauthorized", "status": 401.0, "code": "not_logged_in", "reason": "new_device",
					"detail": "this login was ended; tell the user, who may log in again"}
				for way, h := range map[string]http.Handler{"Require": auth.Require(me), "LoadAndSave": auth.LoadAndSave(me), "session": auth.SessionHandler()} {
					var got map[string]any
					w := serve(h, "GET", "/", token, "")
					json.Unmarshal(w.Body.Bytes(), &got)
					if diff := cmp.Diff(want, got); diff != "" || w.Header().Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
						t.Errorf("%s: %v (-want +got):\n%s", way, w.Header(), diff)
					}
				}
				var e *wxauth.Error
				if _, err := auth.Authenticate(background, token); !errors.As(err, &e) || e.Reason != "new_device" || !errors.Is(err, wxauth.ErrNotLoggedIn) {
					t.Errorf("Authenticate: %+v", e)
				}
				if w := serve(auth.Identify(me), "GET", "/", token, ""); w.Code != 200 || w.Body.Len() > 0 {
					t.Errorf("Identify: %d %s", w.Code, w.Body)
				}
				if w := serve(auth.LogoutHandler(), "POST", "/", token, ""); w.Code != 204 {
					t.Errorf("logout: %d %s", w.Code, w.Body)
				}
				// Another request with the token must not bring the login back.
				serve(auth.LoadAndSave(me), "GET", "/", token, "")
				if _, err := auth.Sign(ctx, nil); err == nil {
					t.Error("Sign works after Revoke")
				}
				for key := range everything(t, store.memory) {
					if len(key) != 42 || key[0] != ';' {
						t.Errorf("stored under %q", key)
					}
				}
				sessions.Store = store.memory // testStore has none of the methods that Iterate needs
				if err := sessions.Iterate(background, func(context.Context) error { return nil }); err != nil {
					t.Errorf("Iterate: %v", err)
				}
				time.Sleep(6*day - time.Second)
				if got := reasonOf(auth, token); got != "401 new_device" {
					t.Errorf("a second before the login's own end: %s", got)
				}
				time.Sleep(time.Second)
				if got := reasonOf(auth, token); got != "401" || len(everything(t, store.memory)) > 0 {
					t.Errorf("at its end: %s, stored %d", got, len(everything(t, store.memory)))
				}
			})
		})
	}
}

func TestLoggedAppOfLogins(t *testing.T) {
	store, log := newTestStore(), new(lines)
	auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), Logger: log.logger()})
	store.set(down)
	_, err := auth.Logins(background, alice)
	auth.WriteError(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), err)
	if !strings.Contains(log.String(), `"app":"`+appID) {
		t.Errorf("the log does not name the app: %s", log)
	}
}
