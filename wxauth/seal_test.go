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
	"testing"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var sealKeys = [][]byte{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)}

// TestSealed checks that the store contains no readable session_key if SealKeys is set.
// Without SealKeys, the test must find the session_key in the store, to prove that its
// search works.
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

// TestSealedRecordsSwapped stores the user record of one user under the store key of
// another user. wxauth must fail to decrypt the session keys in this record, because it
// derives a separate encryption key for each user.
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
		t.Errorf("the log does not name the seal: %s", &log)
	}
}

// TestSealKeysReplaced checks that a SealKey still decrypts session keys after a new SealKey
// is put before it in Config.SealKeys. If a SealKey is lost, new logins, logouts and Revoke
// must still work.
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

	// While the user has another login, a logout at an Auth without sealKeys[0] must not
	// remove the session keys that were encrypted under sealKeys[0].
	lost := with(sealKeys[1])
	second := login(t, with(sealKeys[0]), phone)
	if w := serve(lost.LogoutHandler(), "POST", "/", second, ""); w.Code != http.StatusNoContent {
		t.Errorf("logout without the key: %d", w.Code)
	}
	if err := sign(with(sealKeys[0])); err != nil {
		t.Errorf("after that, with the key: %v", err)
	}
	login(t, lost, phone)
	if err := sign(lost); err != nil {
		t.Errorf("after a new login: %v", err)
	}
	if n, err := lost.Revoke(background, alice, ""); n != 2 || err != nil {
		t.Errorf("Revoke: %d, %v; want 2", n, err)
	}
}

// TestLostSealKey checks that logins stay valid if a SealKey is lost.
func TestLostSealKey(t *testing.T) {
	store := newTestStore()
	old, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), SealKeys: [][]byte{bytes.Repeat([]byte{1}, 32)}})
	phone := wechat.Phone(appID, openID)
	token := login(t, old, phone)
	for name, keys := range map[string][][]byte{"another key": {bytes.Repeat([]byte{2}, 32)}, "no key": nil} {
		t.Run(name, func(t *testing.T) {
			auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), SealKeys: keys})
			if w := serve(auth.Require(me), "GET", "/", token, ""); w.Body.String() != openID {
				t.Errorf("Require: %d %s", w.Code, w.Body)
			}
			ctx := wxauth.NewContext(background, wxauth.Identity{AppID: appID, OpenID: openID})
			if _, err := auth.Sign(ctx, nil); !errors.Is(err, wxauth.ErrSessionKeyStale) {
				t.Errorf("Sign: %v", err)
			}
			if logins, err := auth.Logins(background, alice); len(logins) != 1 || err != nil {
				t.Errorf("Logins: %v, %v", logins, err)
			}
		})
	}
}

func TestLostSealKeyOfAGateway(t *testing.T) {
	store := newTestStore()
	with := func(key byte) *wxauth.Auth {
		auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), SealKeys: [][]byte{bytes.Repeat([]byte{key}, 32)},
			Apps: []wxauth.App{{ID: appID, Exchange: func(context.Context, string) (wxapi.Session, error) {
				return wxapi.Session{OpenID: openID, Key: wxapi.UnsafeSessionKey(testKey)}, nil
			}}}})
		return auth
	}
	token := tokenOf(t, post(background, with(1), "code"))
	auth := with(2)
	if _, err := auth.Sign(contextOf(t, auth, token), nil); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("Sign: got %v, want ErrSessionKeyStale", err)
	}
	token = tokenOf(t, post(background, auth, "another code"))
	if _, err := auth.Sign(contextOf(t, auth, token), nil); err != nil {
		t.Errorf("Sign after a new login: %v", err)
	}
}

func TestSealKeysAreCopied(t *testing.T) {
	store := stores.NewMemory()
	first, second := []byte(strings.Repeat("1", 32)), []byte(strings.Repeat("2", 32))
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), SealKeys: [][]byte{first, second}})
	token := login(t, auth, wechat.Phone(appID, openID))
	copy(first, second)
	if _, err := auth.Sign(contextOf(t, auth, token), nil); err != nil {
		t.Errorf("after a change of the application's copy: %v", err)
	}
	onlyFirst, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), SealKeys: [][]byte{[]byte(strings.Repeat("1", 32))}})
	if _, err := onlyFirst.Sign(contextOf(t, onlyFirst, token), nil); err != nil {
		t.Errorf("under the first key alone: %v", err)
	}
}

// TestSealKeysRemovedAndBack checks that a login without SealKeys removes the sealed
// session keys from the user record. Otherwise the sealed session keys would hide the
// newest session_key when SealKeys is set again.
func TestSealKeysRemovedAndBack(t *testing.T) {
	store := stores.NewMemory()
	wechat := wxtest.NewServer(app)
	with := func(keys [][]byte) *wxauth.Auth {
		auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), SealKeys: keys, API: wxapi.Options{Transport: wechat.Transport()}})
		return auth
	}
	phone := wechat.Phone(appID, openID)
	login(t, with(sealKeys), phone)
	login(t, with(nil), phone)
	want := phone.SessionKey().Sign(nil)
	for name, auth := range map[string]*wxauth.Auth{"without": with(nil), "with": with(sealKeys)} {
		if got, err := auth.Sign(wxauth.NewContext(background, alice), nil); err != nil || got != want {
			t.Errorf("%s SealKeys: Sign does not use the newest key; %v", name, err)
		}
	}
}
