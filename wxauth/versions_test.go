package wxauth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// The store holds encoded maps, such as sessions and user records. The function newer changes
// the string under key in all these maps, as if the next version of wxauth had written it.
func newer(t *testing.T, m *stores.Memory, key string) (n int) {
	t.Helper()
	return reversion(t, m, key, "2", "\nwhat the next version adds")
}

// reversion changes the string under key in all stored maps. It replaces the string's first
// character, which is the version, and appends the parameter end.
func reversion(t *testing.T, m *stores.Memory, key, version, end string) (n int) {
	t.Helper()
	for storeKey, b := range everything(t, m) {
		deadline, values, err := stores.Codec{}.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		text, ok := values[key].(string)
		if !ok {
			continue
		}
		if text[0] != '1' {
			t.Fatalf("%s has version %q; this test replaces 1", key, text[0])
		}
		values[key] = version + text[1:] + end
		if b, err = (stores.Codec{}).Encode(deadline, values); err != nil {
			t.Fatal(err)
		}
		m.Commit(storeKey, b, deadline)
		n++
	}
	return n
}

// TestSessionOfANewerVersion checks that a session in a newer format is not accepted as a
// login and is not overwritten.
func TestSessionOfANewerVersion(t *testing.T) {
	var log lines
	store := newTestStore()
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), Logger: log.logger()})
	token := login(t, auth, wechat.Phone(appID, openID))
	ctx := contextOf(t, auth, token)
	id, _ := wxauth.FromContext(ctx)
	if n := newer(t, store.memory, "wxauth.identity"); n != 1 {
		t.Fatalf("%d sessions", n)
	}
	before := everything(t, store.memory)
	log.Reset()
	for name, h := range map[string]func() int{
		"Require":        func() int { return serve(auth.Require(me), "GET", "/", token, "").Code },
		"LoadAndSave":    func() int { return serve(auth.LoadAndSave(me), "GET", "/", token, "").Code },
		"SessionHandler": func() int { return serve(auth.SessionHandler(), "GET", "/", token, "").Code },
	} {
		if status := h(); status != 401 {
			t.Errorf("%s: %d, want 401", name, status)
		}
		if text := log.String(); !strings.Contains(text, `"level":"ERROR"`) || !strings.Contains(text, "newer version of wxauth") {
			t.Errorf("%s: log %s", name, text)
		}
		log.Reset()
	}
	if _, err := auth.Authenticate(background, token); !errors.Is(err, wxauth.ErrNotLoggedIn) {
		t.Errorf("Authenticate: %v", err)
	}
	if _, err := auth.Renew(ctx, id); !errors.Is(err, wxauth.ErrNotLoggedIn) {
		t.Errorf("Renew: %v", err)
	}
	if err := auth.Logout(requestWith(token)); err != nil {
		t.Errorf("Logout: %v", err)
	}
	if diff := cmp.Diff(before, everything(t, store.memory)); diff != "" {
		t.Errorf("the store has changed (-before +after):\n%s", diff)
	}
	// Revoke reads only the user record, so Revoke can end the login.
	if n, err := auth.Revoke(background, alice, ""); n != 1 || err != nil || store.logins(t) != 0 {
		t.Errorf("Revoke: %d, %v; %d sessions are left", n, err, store.logins(t))
	}
}

// TestSaveOfANewerVersion checks a save of session data after a server with the next
// version of wxauth has rewritten the session. The save must fail and must not change the
// session.
func TestSaveOfANewerVersion(t *testing.T) {
	for view := range views {
		t.Run(view, func(t *testing.T) {
			b := newBeside(t)
			b.sessions.Store = views[view](b.store)
			token := login(t, b.auth, b.wechat.Phone(appID, openID))
			var before map[string][]byte
			aborted := false
			func() {
				defer func() { aborted = recover() == http.ErrAbortHandler }()
				serve(b.auth.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					b.sessions.Put(r.Context(), "cart", "apples")
					newer(t, b.store.memory, "wxauth.identity")
					before = everything(t, b.store.memory)
					if err := b.auth.Save(r.Context()); errorCode(err) != wxauth.CodeStoreUnavailable {
						t.Errorf("Save: %v", err)
					}
				})), "POST", "/", token, "")
			}()
			if !aborted {
				t.Error("the reply was a success")
			}
			if diff := cmp.Diff(before, everything(t, b.store.memory)); diff != "" {
				t.Errorf("the store has changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestRecordOfANewerVersion checks that a user record in a newer format is not changed.
// Calls that need the record must fail.
func TestRecordOfANewerVersion(t *testing.T) {
	var log lines
	store := newTestStore()
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), Logger: log.logger(), SealKeys: sealKeys})
	phone := wechat.Phone(appID, openID)
	token := login(t, auth, phone)
	ctx := contextOf(t, auth, token)
	id, _ := wxauth.FromContext(ctx)
	if n := newer(t, store.memory, "wxauth.user"); n != 1 {
		t.Fatalf("%d records", n)
	}
	before := everything(t, store.memory)
	data, iv := phone.Encrypt(map[string]any{})
	for name, call := range map[string]func() error{
		"login": func() error {
			w := post(background, auth, phone.Login())
			return &wxauth.Error{Code: code(w), Err: errors.New(w.Body.String())}
		},
		"LoginAs":      func() error { _, err := auth.LoginAs(background, alice); return err },
		"Renew":        func() error { _, err := auth.Renew(ctx, id); return err },
		"Logins":       func() error { _, err := auth.Logins(background, alice); return err },
		"EndLogin":     func() error { _, err := auth.EndLogin(background, id, ""); return err },
		"RevokeOthers": func() error { _, err := auth.RevokeOthers(background, id, ""); return err },
		"Revoke":       func() error { _, err := auth.Revoke(background, alice, ""); return err },
		"Decrypt":      func() error { return auth.Decrypt(ctx, wxauth.Encrypted{EncryptedData: data, IV: iv}, new(any)) },
		"Sign":         func() error { _, err := auth.Sign(ctx, nil); return err },
	} {
		log.Reset()
		if err := call(); errorCode(err) != wxauth.CodeStoreUnavailable {
			t.Errorf("%s: %v", name, err)
		}
		if text := log.String(); !strings.Contains(text, "newer version of wxauth") {
			t.Errorf("%s: log %s", name, text)
		}
	}
	if diff := cmp.Diff(before, everything(t, store.memory)); diff != "" {
		t.Errorf("the store has changed (-before +after):\n%s", diff)
	}
	if got := reasonOf(auth, token); got != "200" {
		t.Errorf("a request: %s", got)
	}
	// A logout does not change the user record, because this version of wxauth cannot read
	// the record.
	record, _ := recordOf(t, store.memory)
	if w := serve(auth.LogoutHandler(), "POST", "/", token, ""); w.Code != 204 || reasonOf(auth, token) != "401" {
		t.Errorf("logout: %d, then %s", w.Code, reasonOf(auth, token))
	}
	if diff := cmp.Diff(map[string][]byte{record: before[record]}, everything(t, store.memory)); diff != "" {
		t.Errorf("after the logout (-want +got):\n%s", diff)
	}
}

// TestRecordOfNoVersion checks that a login and a Revoke fail and do not change the user
// record if the record's version is unknown.
func TestRecordOfNoVersion(t *testing.T) {
	for _, version := range []string{"0", "x", "", "1 ", "\n1"} {
		store := newTestStore()
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
		phone := wechat.Phone(appID, openID)
		login(t, auth, phone)
		if n := reversion(t, store.memory, "wxauth.user", version, ""); n != 1 {
			t.Fatalf("%d records", n)
		}
		before := everything(t, store.memory)
		if w := post(background, auth, phone.Login()); code(w) != wxauth.CodeStoreUnavailable {
			t.Errorf("version %q: login: %d %s", version, w.Code, w.Body)
		}
		if _, err := auth.Revoke(background, alice, ""); errorCode(err) != wxauth.CodeStoreUnavailable {
			t.Errorf("version %q: Revoke: %v", version, err)
		}
		if diff := cmp.Diff(before, everything(t, store.memory)); diff != "" {
			t.Errorf("version %q: the store has changed (-before +after):\n%s", version, diff)
		}
	}
}

// TestReasonOfANewerVersion checks that a 401 contains no reason if a newer version of wxauth
// has stored the reason.
func TestReasonOfANewerVersion(t *testing.T) {
	store := newTestStore()
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
	token := login(t, auth, wechat.Phone(appID, openID))
	auth.Revoke(background, alice, "gone")
	if n := newer(t, store.memory, "wxauth.end"); n != 1 {
		t.Fatalf("%d reasons", n)
	}
	if got := reasonOf(auth, token); got != "401" {
		t.Errorf("got %s", got)
	}
}
