package wxauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"example.com/wxlogin/wxauth"
)

var errCrashed = errors.New("crashed")

// crashAt makes every store operation after the first n fail, as if the process had
// ended.
func (s *testStore) crashAt(n int) {
	s.set(func(_ context.Context, i int, _, _ string) (bool, error) {
		if i > n {
			return false, errCrashed
		}
		return false, nil
	})
}

// TestProcessEndsInBetween simulates a process that crashes while it ends or renews a
// login. Before the crash, n store operations succeed, for n = 0, 1, 2 and so on. If Logins
// does not list the login after the crash, the token of the login must be refused. A later
// Revoke must end all logins of the user.
func TestProcessEndsInBetween(t *testing.T) {
	for name, test := range map[string]struct {
		max  int
		call func(a *wxauth.Auth, id wxauth.Identity, token string, phone func() string) error
		want string // the status and the reason in the answer to a refused token
	}{
		"EndLogin": {20, func(a *wxauth.Auth, id wxauth.Identity, _ string, _ func() string) error {
			_, err := a.EndLogin(background, id, "kicked")
			return err
		}, "401 kicked"},
		"RevokeOthers": {20, func(a *wxauth.Auth, id wxauth.Identity, _ string, _ func() string) error {
			id.LoginID = "another"
			_, err := a.RevokeOthers(background, id, "kicked")
			return err
		}, "401 kicked"},
		"Revoke": {20, func(a *wxauth.Auth, id wxauth.Identity, _ string, _ func() string) error {
			_, err := a.Revoke(background, id, "kicked")
			return err
		}, "401 kicked"},
		"a login that pushes it out": {1, func(a *wxauth.Auth, _ wxauth.Identity, _ string, code func() string) error {
			if w := post(background, a, code()); w.Code != http.StatusOK {
				return errors.New(w.Body.String())
			}
			return nil
		}, "401 replaced"},
		"logout": {20, func(a *wxauth.Auth, _ wxauth.Identity, token string, _ func() string) error {
			return a.Logout(requestWith(token))
		}, "401"},
		"Renew": {20, func(a *wxauth.Auth, id wxauth.Identity, _ string, _ func() string) error {
			_, err := a.Renew(background, id)
			return err
		}, "401"},
	} {
		for view := range views {
			for n := 0; ; n++ {
				store := newTestStore()
				auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(views[view](store)), MaxLogins: test.max})
				phone := wechat.Phone(appID, openID)
				token := login(t, auth, phone)
				id, _ := auth.Authenticate(background, token)
				store.crashAt(n)
				err := test.call(auth, id, token, phone.Login)
				store.set(nil)
				at := fmt.Sprintf("%s, %s, after %d operations", name, view, n)
				touched := reasonOf(auth, token) != "200"
				if touched && reasonOf(auth, token) != test.want {
					t.Errorf("%s: the token gets %s", at, reasonOf(auth, token))
				}
				fresh := login(t, auth, phone)
				if listed, _ := auth.Logins(background, alice); len(listed) == 1 && reasonOf(auth, token) != test.want {
					t.Errorf("%s: the login has ended, and its token gets %s", at, reasonOf(auth, token))
				}
				if _, err := auth.Revoke(background, alice, ""); err != nil {
					t.Errorf("%s: Revoke: %v", at, err)
				}
				if got := reasonOf(auth, token)[:3] + reasonOf(auth, fresh)[:3]; got != "401401" {
					t.Errorf("%s: after Revoke the tokens get %s", at, got)
				}
				if err == nil && touched {
					break // the call has succeeded
				}
			}
		}
	}
}

// TestFirstReasonStays checks that the client gets the reason of an interrupted EndLogin,
// even if a later Revoke passes another reason.
func TestFirstReasonStays(t *testing.T) {
	store := newTestStore()
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
	token := login(t, auth, wechat.Phone(appID, openID))
	id, _ := auth.Authenticate(background, token)
	store.crashAt(2) // the second store operation of EndLogin stores the reason
	if _, err := auth.EndLogin(background, id, "kicked"); err == nil {
		t.Error("EndLogin succeeds")
	}
	store.set(nil)
	if n, err := auth.Revoke(background, id, "gone"); n != 0 || err != nil {
		t.Errorf("Revoke: %d, %v", n, err)
	}
	if got := reasonOf(auth, token); got != "401 kicked" {
		t.Errorf("the token gets %s", got)
	}
}

// TestRevokeDeletesSessionKeys checks that Revoke deletes the user's session keys with
// its first write, which is its second store operation.
func TestRevokeDeletesSessionKeys(t *testing.T) {
	for _, n := range []int{2, 100} {
		store := newTestStore()
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
		phone := wechat.Phone(appID, openID)
		login(t, auth, phone)
		var data wxauth.Encrypted
		data.EncryptedData, data.IV = phone.Encrypt(map[string]any{})
		store.crashAt(n)
		auth.Revoke(background, alice, "")
		store.set(nil)
		ctx := contextOf(t, auth, login(t, auth, phone))
		if err := auth.Decrypt(ctx, data, new(any)); !errors.Is(err, wxauth.ErrSessionKeyStale) {
			t.Errorf("after %d operations of Revoke, data under a session_key of before: %v", n, err)
		}
	}
}
