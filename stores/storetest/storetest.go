// Package storetest checks that a session store does what scs and package
// wxauth rely on.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// Run puts stores through the contract of [scs.Store] as its documentation
// states it, and through that of each further ability a store has:
//
//   - [scs.CtxStore]: the same with contexts, and what a context that has ended
//     may lead to;
//   - [scs.IterableStore] and [scs.IterableCtxStore];
//   - [stores.Swapper], together with [stores.UpdateOnly], which who has the
//     one is expected to have as well.
//
// Checks of abilities that a store lacks are left out.
//
// newStore is called for each check and returns a store that holds nothing. It
// ends what it started with t.Cleanup. Run takes some seconds, because expiry
// is waited for.
func Run(t *testing.T, newStore func(t *testing.T) scs.Store) {
	t.Helper()
	run := func(t *testing.T, checks []check, adapt func(scs.Store) scs.Store) {
		for _, c := range checks {
			t.Run(c.name, func(t *testing.T) {
				c.run(t, adapt(newStore(t)))
			})
		}
	}
	itself := func(s scs.Store) scs.Store { return s }

	t.Run("Store", func(t *testing.T) { run(t, storeChecks, itself) })
	store := newStore(t)
	if _, ok := store.(scs.CtxStore); ok {
		withCtx := func(s scs.Store) scs.Store { return ctxStore{s.(scs.CtxStore)} }
		t.Run("CtxStore", func(t *testing.T) {
			run(t, storeChecks, withCtx)
			run(t, ctxChecks, itself)
		})
	}
	if _, ok := store.(scs.IterableStore); ok {
		t.Run("IterableStore", func(t *testing.T) { run(t, iterableChecks, itself) })
	}
	if _, ok := store.(scs.IterableCtxStore); ok {
		withCtx := func(s scs.Store) scs.Store { return iterableCtxStore{s, s.(scs.IterableCtxStore)} }
		t.Run("IterableCtxStore", func(t *testing.T) { run(t, iterableChecks, withCtx) })
	}
	if _, ok := store.(stores.Swapper); ok {
		t.Run("UpdateOnly", func(t *testing.T) { run(t, updateOnlyChecks, itself) })
		t.Run("Swapper", func(t *testing.T) { run(t, swapperChecks, itself) })
	}
}

type check struct {
	name string
	run  func(*testing.T, scs.Store)
}

// ctxStore leads the methods of a store to those with a context.
type ctxStore struct{ scs.CtxStore }

func (s ctxStore) Find(key string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), key)
}

func (s ctxStore) Commit(key string, value []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), key, value, expiry)
}

func (s ctxStore) Delete(key string) error {
	return s.DeleteCtx(context.Background(), key)
}

var storeChecks = []check{
	{"a key that is not there", func(t *testing.T, s scs.Store) {
		absent(t, s, newKey())
	}},
	{"malformed keys are not found", func(t *testing.T, s scs.Store) {
		for _, key := range []string{"", " ", "*", "\x00", "\xff\xfe", "a\r\nb", "';--", "会话", "../../etc", strings.Repeat("k", 10_000)} {
			absent(t, s, key)
		}
	}},
	{"what is committed is found", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", hour())
		present(t, s, key, "value")
		absent(t, s, newKey())
	}},
	{"a commit replaces the value", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "a long value, the first", hour())
		commit(t, s, key, "second", hour())
		present(t, s, key, "second")
	}},
	{"deleted is gone", func(t *testing.T, s scs.Store) {
		key, other := newKey(), newKey()
		commit(t, s, key, "value", hour())
		commit(t, s, other, "other", hour())
		remove(t, s, key)
		absent(t, s, key)
		present(t, s, other, "other")
	}},
	{"to delete what is not there is no error", func(t *testing.T, s scs.Store) {
		remove(t, s, newKey())
	}},
	{"deleted can come again", func(t *testing.T, s scs.Store) {
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
		// 43 characters is a token, 42 with the semicolon another record.
		token := newKey()
		keys := []string{token, strings.ToUpper(token), strings.ToLower(token), token[:42], ";u" + token[:40]}
		for i, key := range keys {
			commit(t, s, key, fmt.Sprint("value ", i), hour())
		}
		for i, key := range keys {
			present(t, s, key, fmt.Sprint("value ", i))
		}
	}},
	{"expired is not found", func(t *testing.T, s scs.Store) {
		key := newKey()
		expiry := time.Now().Add(300 * time.Millisecond)
		commit(t, s, key, "value", expiry)
		if value, found := find(t, s, key); !found && time.Now().Before(expiry) {
			t.Errorf("found %q, %t before it expires", value, found)
		}
		awaitAbsence(t, s, key, expiry)
	}},
	{"expired before it came", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", hour())
		commit(t, s, key, "late", time.Now().Add(-time.Minute))
		absent(t, s, key)
	}},
	{"a commit replaces the expiry", func(t *testing.T, s scs.Store) {
		longer, shorter := newKey(), newKey()
		soon := time.Now().Add(300 * time.Millisecond)
		commit(t, s, longer, "value", soon)
		commit(t, s, longer, "value", hour())
		commit(t, s, shorter, "value", hour())
		commit(t, s, shorter, "value", soon)
		awaitAbsence(t, s, shorter, soon)
		present(t, s, longer, "value")
	}},
	{"many at once", func(t *testing.T, s scs.Store) {
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

// newKey returns a key of the form that scs gives a token.
func newKey() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func hour() time.Time { return time.Now().Add(time.Hour) }

func find(t *testing.T, s scs.Store, key string) (value string, found bool) {
	t.Helper()
	b, found, err := s.Find(key)
	if err != nil {
		t.Errorf("Find: %v", err)
	}
	return string(bytes.Clone(b)), found
}

func present(t *testing.T, s scs.Store, key, want string) {
	t.Helper()
	if value, found := find(t, s, key); !found || value != want {
		t.Errorf("found %.100q, %t; want %.100q", value, found, want)
	}
}

func absent(t *testing.T, s scs.Store, key string) {
	t.Helper()
	if value, found := find(t, s, key); found {
		t.Errorf("found %.100q under %.100q, which should not be there", value, key)
	}
}

// awaitAbsence gives a store two seconds, for those that count in seconds.
func awaitAbsence(t *testing.T, s scs.Store, key string, expiry time.Time) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		now := time.Now()
		if _, found := find(t, s, key); !found {
			if now = time.Now(); now.Before(expiry) {
				t.Errorf("gone %v before it expires", expiry.Sub(now))
			}
			return
		}
		if now.After(expiry.Add(2 * time.Second)) {
			t.Fatalf("still found %v after it expired", now.Sub(expiry))
		}
		<-tick.C
	}
}

func commit(t *testing.T, s scs.Store, key, value string, expiry time.Time) {
	t.Helper()
	if err := s.Commit(key, []byte(value), expiry); err != nil {
		t.Errorf("Commit: %v", err)
	}
}

func remove(t *testing.T, s scs.Store, key string) {
	t.Helper()
	if err := s.Delete(key); err != nil {
		t.Errorf("Delete: %v", err)
	}
}
