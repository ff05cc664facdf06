package storetest

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

var storeChecks = []check{
	{"absent key", func(t *testing.T, s scs.Store) {
		absent(t, s, newKey())
	}},
	{"malformed keys are absent", func(t *testing.T, s scs.Store) {
		for _, key := range []string{"", " ", "*", "\x00", "\xff\xfe", "a\r\nb", "';--", "会话", "../../etc", strings.Repeat("k", 10_000)} {
			absent(t, s, key)
		}
	}},
	{"commit creates", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", hour())
		present(t, s, key, "value")
		absent(t, s, newKey())
	}},
	{"commit replaces the value", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "a long value, the first", hour())
		commit(t, s, key, "second", hour())
		present(t, s, key, "second")
	}},
	{"commit replaces the expiry", func(t *testing.T, s scs.Store) {
		longer, shorter := newKey(), newKey()
		soon := time.Now().Add(300 * time.Millisecond)
		commit(t, s, longer, "value", soon)
		commit(t, s, longer, "value", hour())
		commit(t, s, shorter, "value", hour())
		commit(t, s, shorter, "value", soon)
		awaitAbsence(t, s, shorter, soon)
		present(t, s, longer, "value")
	}},
	{"delete", func(t *testing.T, s scs.Store) {
		key, other := newKey(), newKey()
		commit(t, s, key, "value", hour())
		commit(t, s, other, "other", hour())
		remove(t, s, key)
		absent(t, s, key)
		present(t, s, other, "other")
	}},
	{"delete of an absent key", func(t *testing.T, s scs.Store) {
		remove(t, s, newKey())
	}},
	{"commit after delete", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", hour())
		remove(t, s, key)
		commit(t, s, key, "again", hour())
		present(t, s, key, "again")
	}},
	{"values are bytes", func(t *testing.T, s scs.Store) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		random := make([]byte, 50_000)
		rand.Read(random)
		for _, value := range [][]byte{all, random, {0}, []byte("\r\n"), []byte("$-1\r\n")} {
			key := newKey()
			commit(t, s, key, string(value), hour())
			present(t, s, key, string(value))
		}
	}},
	{"keys differ by case and length", func(t *testing.T, s scs.Store) {
		// A token has 43 characters. Package wxauth also uses keys of 42 characters, which
		// start with a semicolon.
		token := newKey()
		keys := []string{token, strings.ToUpper(token), strings.ToLower(token), token[:42], ";u" + token[:40]}
		for i, key := range keys {
			commit(t, s, key, fmt.Sprint("value ", i), hour())
		}
		for i, key := range keys {
			present(t, s, key, fmt.Sprint("value ", i))
		}
	}},
	{"expired key is absent", func(t *testing.T, s scs.Store) {
		key := newKey()
		expiry := time.Now().Add(300 * time.Millisecond)
		commit(t, s, key, "value", expiry)
		if value, found := find(t, s, key); !found && time.Now().Before(expiry) {
			t.Errorf("found %q, %t before it expires", value, found)
		}
		awaitAbsence(t, s, key, expiry)
	}},
	{"commit with an expiry that has passed", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", hour())
		commit(t, s, key, "late", time.Now().Add(-time.Minute))
		absent(t, s, key)
	}},
	{"expiry in two centuries", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", time.Now().AddDate(200, 0, 0))
		present(t, s, key, "value")
	}},
	{"many goroutines", func(t *testing.T, s scs.Store) {
		var wg sync.WaitGroup
		shared := newKey()
		for i := range 16 {
			wg.Go(func() {
				for range 20 {
					key := newKey()
					commit(t, s, key, fmt.Sprint(i), hour())
					commit(t, s, shared, "shared", hour())
					present(t, s, key, fmt.Sprint(i))
					present(t, s, shared, "shared")
					remove(t, s, key)
					absent(t, s, key)
				}
			})
		}
		wg.Wait()
	}},
}
