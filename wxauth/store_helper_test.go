package wxauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// testStore is a store in memory that lists its operations and can be made to fail. It
// takes contexts and can swap.
type testStore struct {
	memory *stores.Memory

	mu  sync.Mutex
	ops []string
	// fail is called for each operation. The first operation has number 1. If fail
	// returns an error, the operation fails with this error. If late is also true,
	// the operation is still carried out, as if its reply were lost.
	fail func(ctx context.Context, n int, op, args string) (late bool, err error)
}

// newTestStore returns an empty store in which nothing fails.
func newTestStore() *testStore { return &testStore{memory: stores.NewMemory()} }

// errEcho is an error that quotes the arguments, as an error of a database may
// do.
type errEcho struct{ text string }

func (e *errEcho) Error() string { return e.text }

// do carries out one operation or makes it fail.
func (s *testStore) do(ctx context.Context, op, args string, carryOut func() error) error {
	s.mu.Lock()
	s.ops = append(s.ops, op)
	n, fail := len(s.ops), s.fail
	s.mu.Unlock()
	if fail == nil {
		return carryOut()
	}
	late, err := fail(ctx, n, op, args)
	if err == nil {
		return carryOut()
	}
	if late {
		carryOut()
	}
	return err
}

// set sets fail, and starts a new list of operations.
func (s *testStore) set(fail func(ctx context.Context, n int, op, args string) (late bool, err error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ops, s.fail = nil, fail
}

// list returns the operations since set, separated by spaces.
func (s *testStore) list() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.ops, " ")
}

// nth makes the nth operation fail.
func nth(want int, late bool) func(context.Context, int, string, string) (bool, error) {
	return func(_ context.Context, n int, op, args string) (bool, error) {
		if n != want {
			return false, nil
		}
		return late, &errEcho{"cannot " + op + " " + args}
	}
}

// hang makes every operation wait for the end of its context.
func hang(ctx context.Context, _ int, _, _ string) (bool, error) {
	<-ctx.Done()
	return false, context.Cause(ctx)
}

func (s *testStore) FindCtx(ctx context.Context, key string) (value []byte, found bool, err error) {
	err = s.do(ctx, "find", key, func() error {
		value, found, err = s.memory.Find(key)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return value, found, nil
}

func (s *testStore) CommitCtx(ctx context.Context, key string, value []byte, expiry time.Time) error {
	return s.do(ctx, "commit", key+" "+string(value), func() error { return s.memory.CommitCtx(ctx, key, value, expiry) })
}

func (s *testStore) DeleteCtx(ctx context.Context, key string) error {
	return s.do(ctx, "delete", key, func() error { return s.memory.Delete(key) })
}

func (s *testStore) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error) {
	err = s.do(ctx, "swap", key+" "+string(old)+" "+string(new), func() error {
		swapped, err = s.memory.CompareAndSwapCtx(ctx, key, old, new, expiry)
		return err
	})
	if err != nil {
		return false, err
	}
	return swapped, nil
}

func (s *testStore) Find(key string) ([]byte, bool, error) { return s.FindCtx(background, key) }

func (s *testStore) Commit(key string, value []byte, expiry time.Time) error {
	return s.CommitCtx(background, key, value, expiry)
}

func (s *testStore) Delete(key string) error { return s.DeleteCtx(background, key) }

// ctxStore and plainStore are stores that can do less than a testStore.
type (
	ctxStore   struct{ scs.CtxStore }
	plainStore struct{ scs.Store }
)

// views lists the kinds of stores that an application may use, named by their
// abilities.
var views = map[string]func(*testStore) scs.Store{
	"swapping": func(s *testStore) scs.Store { return s },
	"context":  func(s *testStore) scs.Store { return ctxStore{s} },
	"plain":    func(s *testStore) scs.Store { return plainStore{s} },
}

// sessionsIn returns a session manager that uses a store.
func sessionsIn(store scs.Store) *scs.SessionManager {
	sessions := wxauth.NewSessions()
	sessions.Store = store
	return sessions
}

// storeKey returns the key under which a store has a token's session.
func storeKey(token string) string {
	hash := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// logins counts the sessions in a store. The keys of other values begin with a
// semicolon.
func (s *testStore) logins(t *testing.T) int {
	t.Helper()
	all, err := s.memory.All()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for key := range all {
		if !strings.HasPrefix(key, ";") {
			n++
		}
	}
	return n
}

// Each of the views supports exactly the abilities in its name.
func TestViewsCanDoWhatTheyAreFor(t *testing.T) {
	can := make(map[string]string)
	for name, view := range views {
		s := view(newTestStore())
		_, ctx := s.(scs.CtxStore)
		_, swap := s.(stores.Swapper)
		can[name] = fmt.Sprint(ctx, swap)
	}
	if can["swapping"] != "true true" || can["context"] != "true false" || can["plain"] != "false false" {
		t.Error(can)
	}
}

// errDown is an error whose text must not be logged.
var errDown = errors.New("connection refused by 10.0.0.7:6379")

// down makes every operation fail.
func down(context.Context, int, string, string) (bool, error) { return false, errDown }

// everything returns all values in a store.
func everything(t *testing.T, m *stores.Memory) map[string][]byte {
	t.Helper()
	all, err := m.All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// recordOf returns the one user record in a store, or "" if there is none.
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
