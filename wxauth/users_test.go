package wxauth_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var sealKeys = [][]byte{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)}

// everything returns all that lies in a store.
func everything(t *testing.T, m *stores.Memory) map[string][]byte {
	t.Helper()
	all, err := m.All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// recordOf finds a user record in a store, by the form of its key.
func recordOf(t *testing.T, m *stores.Memory) (key string, value []byte) {
	t.Helper()
	for k, v := range everything(t, m) {
		if strings.HasPrefix(k, ";u") {
			if key != "" {
				t.Fatal("two user records")
			}
			key, value = k, v
		}
	}
	return key, value
}

func TestSealed(t *testing.T) {
	for _, sealed := range []bool{true, false} {
		store := stores.NewMemory()
		sessions := sessionsIn(store)
		c := wxauth.Config{Sessions: sessions}
		if sealed {
			c.SealKeys = sealKeys
		}
		auth, wechat := newAuth(t, c)
		phone := wechat.Phone(appID, openID)
		token := login(t, auth, phone)
		key := wxapi.UnsafeRevealSessionKey(phone.SessionKey())
		raw, _ := base64.StdEncoding.DecodeString(key)
		found := false
		for k, v := range everything(t, store) {
			for _, form := range []string{key, string(raw), hex.EncodeToString(raw), strings.TrimRight(key, "="),
				base64.URLEncoding.EncodeToString(raw), base64.StdEncoding.EncodeToString([]byte(key))[:28]} {
				found = found || bytes.Contains(v, []byte(form))
			}
			if strings.Contains(k, token) || bytes.Contains(v, []byte(token)) {
				t.Error("the token is in the store")
			}
		}
		if found == sealed {
			t.Errorf("sealed %v: session_key in the store is %v", sealed, found)
		}
		if _, err := auth.Sign(contextOf(t, auth, token), nil); err != nil {
			t.Error(err)
		}
	}
}

func TestRecordKey(t *testing.T) {
	store := stores.NewMemory()
	sessions := sessionsIn(store)
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
	login(t, auth, wechat.Phone(appID, openID))
	key, _ := recordOf(t, store)
	if len(key) != 42 {
		t.Errorf("record under %q, want 42 characters", key)
	}
	// It is an scs session to whoever iterates, and no token names it.
	if err := sessions.Iterate(background, func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
	if w := serve(auth.Require(me), "GET", "/", key, ""); w.Code != http.StatusUnauthorized {
		t.Errorf("the record's key as a token: %d", w.Code)
	}
}

// Two users' records are swapped by somebody who can write to the store: the
// seal names the user.
func TestSealedRecordsSwapped(t *testing.T) {
	store := stores.NewMemory()
	sessions := sessionsIn(store)
	var log bytes.Buffer
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions, SealKeys: sealKeys, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	login(t, auth, wechat.Phone(appID, openID))
	firstKey, first := recordOf(t, store)
	store.Delete(firstKey)
	token := login(t, auth, wechat.Phone(appID, "another user"))
	secondKey, _ := recordOf(t, store)
	store.Commit(secondKey, first, time.Now().Add(time.Hour))

	ctx := contextOf(t, auth, token)
	if _, err := auth.Sign(ctx, nil); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("got %v, want ErrSessionKeyStale", err)
	}
	if !strings.Contains(log.String(), "cannot be opened") {
		t.Errorf("the log does not say so: %s", &log)
	}
}

func TestSealKeysReplaced(t *testing.T) {
	store := stores.NewMemory()
	wechat := wxtest.NewServer(app)
	var log bytes.Buffer
	with := func(keys ...[]byte) *wxauth.Auth {
		sessions := sessionsIn(store)
		auth, _ := newAuth(t, wxauth.Config{Sessions: sessions, SealKeys: keys, API: wxapi.Options{Transport: wechat.Transport()},
			Logger: slog.New(slog.NewTextHandler(&log, nil))})
		return auth
	}
	phone := wechat.Phone(appID, openID)
	token := login(t, with(sealKeys[0]), phone)
	sign := func(auth *wxauth.Auth) error {
		_, err := auth.Sign(contextOf(t, auth, token), nil)
		return err
	}
	for name, test := range map[string]struct {
		keys [][]byte
		want error
	}{
		"the same":      {sealKeys[:1], nil},
		"a new one too": {[][]byte{sealKeys[1], sealKeys[0]}, nil},
		"lost":          {sealKeys[1:], wxauth.ErrSessionKeyStale},
		"none":          {nil, wxauth.ErrSessionKeyStale},
	} {
		log.Reset()
		if err := sign(with(test.keys...)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if lost := strings.Contains(log.String(), "cannot be opened"); lost != (test.want != nil) {
			t.Errorf("%s: log %q", name, &log)
		}
	}

	// A logout by a process without the key leaves the rest to those with it.
	lost := with(sealKeys[1])
	second := login(t, with(sealKeys[0]), phone)
	if w := serve(lost.LogoutHandler(), "POST", "/", second, ""); w.Code != http.StatusNoContent {
		t.Errorf("logout without the key: %d", w.Code)
	}
	if err := sign(with(sealKeys[0])); err != nil {
		t.Errorf("after that, with the key: %v", err)
	}
	// Neither a login nor a Revoke needs the lost key.
	login(t, lost, phone)
	if err := sign(lost); err != nil {
		t.Errorf("after a new login: %v", err)
	}
	if n, err := lost.Revoke(background, alice, ""); n != 2 || err != nil {
		t.Errorf("Revoke: %d, %v; want 2", n, err)
	}
}

func TestLoginsAndRevoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		phone := wechat.Phone(appID, openID)
		start := time.Now()
		var tokens []string
		for range 3 {
			tokens = append(tokens, login(t, auth, phone))
			time.Sleep(time.Hour)
		}
		others := login(t, auth, wechat.Phone(appID, "another user"))
		got, err := auth.Logins(background, alice)
		var want []wxauth.ActiveLogin
		for i := range 3 {
			since := start.Add(time.Duration(i) * time.Hour)
			want = append(want, wxauth.ActiveLogin{Since: since, Until: since.Add(7 * 24 * time.Hour)})
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(wxauth.ActiveLogin{}, "LoginID")); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if n, err := auth.Revoke(background, alice, ""); n != 3 || err != nil {
			t.Errorf("Revoke: %d, %v; want 3", n, err)
		}
		for _, token := range tokens {
			if w := serve(auth.Require(me), "GET", "/", token, ""); w.Code != http.StatusUnauthorized {
				t.Errorf("a revoked token: %d", w.Code)
			}
		}
		if w := serve(auth.Require(me), "GET", "/", others, ""); w.Code != http.StatusOK {
			t.Errorf("another user's token: %d", w.Code)
		}
		if n, err := auth.Revoke(background, alice, ""); n != 0 || err != nil {
			t.Errorf("Revoke again: %d, %v; want 0", n, err)
		}
		login(t, auth, phone)
		time.Sleep(4 * 24 * time.Hour)
		login(t, auth, phone)
		time.Sleep(4 * 24 * time.Hour)
		if n, err := auth.Revoke(background, alice, ""); n != 1 || err != nil {
			t.Errorf("Revoke when one of two has expired: %d, %v; want 1", n, err)
		}
	})
}

// The record goes with the last login, by logout or by time.
func TestRecordEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := stores.NewMemory()
		sessions := sessionsIn(store)
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
		first, second := login(t, auth, wechat.Phone(appID, openID)), login(t, auth, wechat.Phone(appID, openID))
		for _, token := range []string{first, second} {
			if key, _ := recordOf(t, store); key == "" {
				t.Error("the record went too early")
			}
			serve(auth.LogoutHandler(), "POST", "/", token, "")
		}
		if all := everything(t, store); len(all) != 0 {
			t.Errorf("after the last logout there is still %v", all)
		}
		login(t, auth, wechat.Phone(appID, openID))
		time.Sleep(7*24*time.Hour + 10*time.Minute) // which another clock may be behind
		if all := everything(t, store); len(all) != 0 {
			t.Errorf("after the last login's end there is still %v", all)
		}
	})
}

// The login after the twentieth ends the oldest, so that none is left that Revoke
// would not find.
func TestLoginsBounded(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	phone := wechat.Phone(appID, openID)
	var tokens []string
	for range 23 {
		tokens = append(tokens, login(t, auth, phone))
	}
	for i, token := range tokens {
		w := serve(auth.Require(me), "GET", "/", token, "")
		if works := w.Code == http.StatusOK; works != (i >= 3) {
			t.Errorf("login %d of 23: %d", i+1, w.Code)
		}
	}
	if n, err := auth.Revoke(background, alice, ""); n != 20 || err != nil {
		t.Errorf("Revoke: %d, %v; want 20", n, err)
	}
}

// Many logins of one user at once: none is lost from the record.
func TestRecordUpdatedAtOnce(t *testing.T) {
	for _, plain := range []bool{false, true} {
		sessions := wxauth.NewSessions()
		if plain {
			sessions.Store = plainStore{sessions.Store}
		}
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions, MaxLogins: 60})
		other, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}, Sessions: sessions, MaxLogins: 60, API: wxapi.Options{Transport: wechat.Transport()}})
		if err != nil {
			t.Fatal(err)
		}
		if plain {
			other = auth // another process could overwrite, as the docs say
		}
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() { login(t, []*wxauth.Auth{auth, other}[i%2], wechat.Phone(appID, openID)) })
		}
		wg.Wait()
		if n, err := auth.Revoke(background, alice, ""); n != 60 || err != nil {
			t.Errorf("plain store %v: revoked %d, %v; want 60", plain, n, err)
		}
	}
}

func TestResetSessionKeyDropsTheOld(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	phone := wechat.Phone(appID, openID)
	ctx := contextOf(t, auth, login(t, auth, phone))
	var before, after wxauth.Encrypted
	before.EncryptedData, before.IV = phone.Encrypt(map[string]any{})
	if err := auth.CheckSessionKey(ctx); err != nil {
		t.Errorf("CheckSessionKey: %v", err)
	}
	if err := auth.ResetSessionKey(ctx); err != nil {
		t.Fatal(err)
	}
	if err := auth.CheckSessionKey(ctx); err != nil {
		t.Errorf("CheckSessionKey after the reset: %v", err)
	}
	after.EncryptedData, after.IV = phone.Encrypt(map[string]any{})
	if err := auth.Decrypt(ctx, after, new(any)); err != nil {
		t.Errorf("under the new key: %v", err)
	}
	if err := auth.Decrypt(ctx, before, new(any)); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("under the old key: got %v, want ErrSessionKeyStale", err)
	}
	wechat.RotateKey(appID, openID) // by a login elsewhere that this server saw nothing of
	if err := auth.CheckSessionKey(ctx); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("CheckSessionKey of a dead key: got %v, want ErrSessionKeyStale", err)
	}
	if err := auth.ResetSessionKey(ctx); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("ResetSessionKey of a dead key: got %v, want ErrSessionKeyStale", err)
	}
	if keys, err := auth.UserEncryptKeys(ctx); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("UserEncryptKeys under a dead key: got %v, %v", keys, err)
	}
}

func TestPhoneNumberIsTheCallers(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	phone, other := wechat.Phone(appID, openID), wechat.Phone(appID, "another user")
	ctx := contextOf(t, auth, login(t, auth, phone))
	other.Login()
	got, err := auth.PhoneNumber(ctx, phone.PhoneCode("86", "13580006666"))
	if err != nil || got.PurePhoneNumber != "13580006666" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := auth.PhoneNumber(ctx, other.PhoneCode("86", "13580006667")); err == nil {
		t.Errorf("another user's code gave %v", got)
	}
	for _, bad := range []string{"", strings.Repeat("c", 513), "a\nb", "a\x7fb"} {
		var e *wxauth.Error
		if _, err := auth.PhoneNumber(ctx, bad); !errors.As(err, &e) || e.Code != "invalid_request" {
			t.Errorf("code %.20q: got %v, want invalid_request", bad, err)
		}
	}
}

// Revoke races with requests, session updates and logins of the same user. No
// token that was given out before it works after it.
func TestRevokeRaces(t *testing.T) {
	t.Parallel()
	rounds := 10_000
	if testing.Short() {
		rounds = 500
	}
	sessions := wxauth.NewSessions()
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
	phone := wechat.Phone(appID, openID)
	count := auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "n", sessions.GetInt(r.Context(), "n")+1)
	}))
	for i := range rounds {
		token := login(t, auth, phone)
		var wg sync.WaitGroup
		var during string
		wg.Go(func() { serve(count, "POST", "/", token, "") })
		wg.Go(func() { serve(auth.Require(me), "GET", "/", token, "") })
		wg.Go(func() {
			w := serve(auth.LoginHandler(), "POST", "/login", "", `{"code":"`+phone.Login()+`"}`)
			if w.Code == http.StatusOK {
				during = tokenOf(t, w)
			} else if code(w) != wxauth.CodeNotLoggedIn {
				t.Errorf("login during Revoke: %d %s", w.Code, w.Body)
			}
		})
		if i%2 == 0 {
			wg.Go(func() { serve(auth.LogoutHandler(), "POST", "/", token, "") })
		}
		if _, err := auth.Revoke(background, alice, ""); err != nil {
			t.Fatal(err)
		}
		if w := serve(auth.Require(me), "GET", "/", token, ""); w.Code != http.StatusUnauthorized {
			t.Fatalf("round %d: right after Revoke the token got %d", i, w.Code)
		}
		wg.Wait()
		if w := serve(count, "POST", "/", token, ""); w.Code != http.StatusUnauthorized {
			t.Fatalf("round %d: a revoked token came back: %d", i, w.Code)
		}
		// The login during Revoke may have come before or after it, or been
		// refused. It is ended or known.
		auth.Revoke(background, alice, "")
		if w := serve(auth.Require(me), "GET", "/", during, ""); w.Code != http.StatusUnauthorized {
			t.Fatalf("round %d: a live token that the record did not know", i)
		}
	}
}
