package wxauth_test

import (
	"bytes"
	"encoding/gob"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

func encode(t *testing.T, codec scs.Codec, values map[string]any) []byte {
	t.Helper()
	b, err := codec.Encode(time.Now().Add(time.Hour), values)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func gobOf(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDamagedSession checks that a request gets no identity if the session of its token
// holds no valid login of this token. An error must be logged only if the session or its
// login cannot be decoded.
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
					t.Errorf("Identify: the handler sees the user %s", w.Body)
				}
				if logged := strings.Contains(f.log.String(), "level=ERROR"); logged == test.silent {
					t.Errorf("%s: log %q", use, f.log)
				}
			}
		})
	}
}

func with(t *testing.T, key string, v any) []byte {
	return encode(t, stores.Codec{}, map[string]any{key: v})
}

// The parameter bound is the first 8 characters of the login's token.
func identity(t *testing.T, version, bound, until string) []byte {
	return with(t, "wxauth.identity", version+bound+until+"00946684800"+strings.Repeat("i", 22)+strings.Join([]string{appID, openID, "", ""}, "\n"))
}

func cut(b []byte) []byte { return b[:len(b)-5] }

// TestUndamagedSession checks that the function identity encodes a valid session.
func TestUndamagedSession(t *testing.T) {
	f := newFixture(t, "swapping")
	f.store.memory.Commit(storeKey(f.token), identity(t, "1", f.token[:8], "04102444800"), time.Now().Add(time.Hour))
	if w := f.use(background, "LoadAndSave"); w.Body.String() != openID {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestDamagedGobIsCheap checks a stored session that is a short gob and claims to have 56
// million elements. A request with this session must allocate at most 1 MiB.
func TestDamagedGobIsCheap(t *testing.T) {
	store := newTestStore()
	sessions := sessionsIn(store)
	sessions.Codec = scs.GobCodec{}
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
	token := login(t, auth, wechat.Phone(appID, openID))
	b := encode(t, scs.GobCodec{}, map[string]any{"abc": 1})
	i := bytes.Index(b, []byte("\x01\x03abc"))
	if i < 0 {
		t.Fatalf("no count before abc in %q", b)
	}
	b[i] = 0xfc // makes the next four bytes the element count: 56 million
	for name, h := range map[string]http.Handler{"Require": auth.Require(me), "LoadAndSave": auth.LoadAndSave(me)} {
		store.memory.Commit(storeKey(token), b, time.Now().Add(time.Hour))
		before := allocated()
		if w := serve(h, "GET", "/", token, ""); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
		if n := allocated() - before; n > 1<<20 {
			t.Errorf("%s: %d bytes of gob took %d bytes of memory", name, len(b), n)
		}
	}
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}
