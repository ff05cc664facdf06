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

// testStore is a store in memory that records its operations and can make them fail.
type testStore struct {
	memory *stores.Memory

	mu  sync.Mutex
	ops []string
	// fail can make an operation fail. n counts the operations since the last call of
	// testStore.set, starting at 1. If late is true, the operation takes effect although it
	// returns err, as if only its reply were lost.
	fail func(ctx context.Context, n int, op, args string) (late bool, err error)
}

func newTestStore() *testStore { return &testStore{memory: stores.NewMemory()} }

// errEcho is an error that quotes the arguments of an operation, as a database error
// could do.
type errEcho struct{ text string }

func (e *errEcho) Error() string { return e.text }

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

func (s *testStore) set(fail func(ctx context.Context, n int, op, args string) (late bool, err error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ops, s.fail = nil, fail
}

func (s *testStore) list() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.ops, " ")
}

func nth(want int, late bool) func(context.Context, int, string, string) (bool, error) {
	return func(_ context.Context, n int, op, args string) (bool, error) {
		if n != want {
			return false, nil
		}
		return late, &errEcho{"cannot " + op + " " + args}
	}
}

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

type (
	ctxStore   struct{ scs.CtxStore }
	plainStore struct{ scs.Store }
)

// The view "context" hides the method CompareAndSwapCtx of a testStore. The view "plain" also
// hides the methods that take a context.
var views = map[string]func(*testStore) scs.Store{
	"swapping": func(s *testStore) scs.Store { return s },
	"context":  func(s *testStore) scs.Store { return ctxStore{s} },
	"plain":    func(s *testStore) scs.Store { return plainStore{s} },
}

func sessionsIn(store scs.Store) *scs.SessionManager {
	sessions := wxauth.NewSessions()
	sessions.Store = store
	return sessions
}

// storeKey returns the store key of a token's session, for a session manager that hashes
// tokens.
func storeKey(token string) string {
	hash := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// logins counts the sessions in a store. The keys of other values begin with a semicolon.
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

var errDown = errors.New("connection refused by 10.0.0.7:6379")

func down(context.Context, int, string, string) (bool, error) { return false, errDown }

func everything(t *testing.T, m *stores.Memory) map[string][]byte {
	t.Helper()
	all, err := m.All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

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
