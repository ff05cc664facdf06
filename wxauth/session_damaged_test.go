package wxauth_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// encode encodes a session as the application's codec does.
func encode(t *testing.T, codec scs.Codec, values map[string]any) []byte {
	t.Helper()
	b, err := codec.Encode(time.Now().Add(time.Hour), values)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// gobOf encodes what is no session.
func gobOf(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A stored session that can't be read is nobody's login, and the log says so;
// one that is readable but holds no login is not worth a word.
func TestDamagedSession(t *testing.T) {
	const until = "04102444800" // the year 2100
	tests := map[string]struct {
		value  func(t *testing.T, token string) []byte
		silent bool
	}{
		"nothing":           {value: func(*testing.T, string) []byte { return []byte{} }},
		"garbage":           {value: func(*testing.T, string) []byte { return []byte("\x01garbage\xff") }},
		"gob of a struct":   {value: func(t *testing.T, _ string) []byte { return gobOf(t, struct{ X int }{7}) }},
		"gob of a string":   {value: func(t *testing.T, _ string) []byte { return gobOf(t, "hello") }},
		"cut off":           {value: func(t *testing.T, token string) []byte { return cut(identity(t, "1", token[:8], until)) }},
		"another version":   {value: func(t *testing.T, token string) []byte { return identity(t, "2", token[:8], until) }},
		"no time":           {value: func(t *testing.T, token string) []byte { return identity(t, "1", token[:8], "soon") }},
		"one line":          {value: func(t *testing.T, _ string) []byte { return with(t, "wxauth.identity", "1") }},
		"empty identity":    {value: func(t *testing.T, _ string) []byte { return with(t, "wxauth.identity", "") }},
		"of another token":  {value: func(t *testing.T, _ string) []byte { return identity(t, "1", "01234567", until) }, silent: true},
		"no identity":       {value: func(t *testing.T, _ string) []byte { return with(t, "cart", 7) }, silent: true},
		"the codec's empty": {value: func(t *testing.T, _ string) []byte { return encode(t, stores.Codec{}, nil) }, silent: true},
		"gob, no identity": {value: func(t *testing.T, _ string) []byte {
			return encode(t, scs.GobCodec{}, map[string]any{"cart": 7})
		}, silent: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, use := range []string{"Require", "Identify", "LoadAndSave", "SessionHandler", "logout", "login with an older token"} {
				f := newFixture(t, "swapping")
				f.store.memory.Commit(storeKey(f.token), test.value(t, f.token), time.Now().Add(time.Hour))
				f.log.Reset()
				w := f.use(background, use)
				want := map[string]int{"Identify": 200, "logout": 204, "login with an older token": 200}[use]
				if want == 0 {
					want = 401
				}
				if w.Code != want || want == 401 && code(w) != "not_logged_in" {
					t.Errorf("%s: got %d %s, want %d", use, w.Code, w.Body, want)
				}
				if use == "Identify" && w.Body.Len() > 0 {
					t.Errorf("Identify found %s", w.Body)
				}
				if logged := strings.Contains(f.log.String(), "level=ERROR"); logged == test.silent {
					t.Errorf("%s: log %q", use, f.log)
				}
			}
		})
	}
}

// with encodes a session of one value.
func with(t *testing.T, key string, v any) []byte {
	return encode(t, stores.Codec{}, map[string]any{key: v})
}

// identity encodes a session with a login.
func identity(t *testing.T, version, bound, until string) []byte {
	return with(t, "wxauth.identity", version+bound+until+"00946684800"+strings.Repeat("i", 22)+strings.Join([]string{appID, openID, "", ""}, "\n"))
}

func cut(b []byte) []byte { return b[:len(b)-5] }

// The form of a login that the cases above damage is the one that is read.
func TestUndamagedSession(t *testing.T) {
	f := newFixture(t, "swapping")
	f.store.memory.Commit(storeKey(f.token), identity(t, "1", f.token[:8], "04102444800"), time.Now().Add(time.Hour))
	if w := f.use(background, "LoadAndSave"); w.Body.String() != openID {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// A user record that cannot be read is never written over, because it may name live
// logins. It is an error of the store for everything that needs it.
func TestDamagedRecord(t *testing.T) {
	tests := map[string]func(*testing.T) []byte{
		"nothing":         func(*testing.T) []byte { return []byte{} },
		"garbage":         func(*testing.T) []byte { return []byte("\x01garbage\xff") },
		"gob of a struct": func(t *testing.T) []byte { return gobOf(t, struct{ X int }{7}) },
		"no record":       func(t *testing.T) []byte { return with(t, "cart", 7) },
		"no JSON":         func(t *testing.T) []byte { return with(t, "wxauth.user", "{") },
		"JSON of a list":  func(t *testing.T) []byte { return with(t, "wxauth.user", "[]") },
		"no text":         func(t *testing.T) []byte { return with(t, "wxauth.user", 7) },
	}
	for name, value := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, "swapping")
			f.damageRecord(t, value(t))
			if w := f.use(background, "Require"); w.Body.String() != openID {
				t.Errorf("Require: got %d %s: the record is not its business", w.Code, w.Body)
			}
			f.log.Reset()
			if w := f.use(background, "Decrypt"); w.Code != 503 || !strings.Contains(f.log.String(), "level=ERROR") {
				t.Errorf("Decrypt: got %d %s, log %q", w.Code, w.Body, f.log)
			}
			if _, err := f.auth.Revoke(background, alice, ""); err == nil {
				t.Error("Revoke of logins that are not known any more reports no error")
			}
			before := everything(t, f.store.memory)
			if w := f.use(background, "login with an older token"); w.Code != 503 {
				t.Errorf("login: got %d %s", w.Code, w.Body)
			}
			if diff := cmp.Diff(before, everything(t, f.store.memory)); diff != "" {
				t.Errorf("the store has changed (-before +after):\n%s", diff)
			}
		})
	}
}

// damageRecord overwrites the one user record in the store.
func (f *fixture) damageRecord(t *testing.T, value []byte) {
	t.Helper()
	key, _ := recordOf(t, f.store.memory)
	f.store.memory.Commit(key, value, time.Now().Add(time.Hour))
}

// A SealKey that is lost costs the session keys and no login.
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
