package wxauth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDamagedRecord checks that a user record that cannot be decoded is never overwritten,
// because the record can list live logins.
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
				t.Errorf("Require: got %d %s: it does not need the record", w.Code, w.Body)
			}
			f.log.Reset()
			if w := f.use(background, "Decrypt"); w.Code != 503 || !strings.Contains(f.log.String(), "level=ERROR") {
				t.Errorf("Decrypt: got %d %s, log %q", w.Code, w.Body, f.log)
			}
			if _, err := f.auth.Revoke(background, alice, ""); err == nil {
				t.Error("Revoke reports no error, although it cannot know the logins")
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

func (f *fixture) damageRecord(t *testing.T, value []byte) {
	t.Helper()
	key, _ := recordOf(t, f.store.memory)
	f.store.memory.Commit(key, value, time.Now().Add(time.Hour))
}
