package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

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

var ctxChecks = []check{
	{"cancelled context", func(t *testing.T, s scs.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		underEndedContext(t, s.(scs.CtxStore), ctx)
	}},
	{"deadline that has passed", func(t *testing.T, s scs.Store) {
		ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
		defer cancel()
		underEndedContext(t, s.(scs.CtxStore), ctx)
	}},
}

// underEndedContext checks that FindCtx, CommitCtx and DeleteCtx either work or return an
// error that wraps ctx.Err().
func underEndedContext(t *testing.T, s scs.CtxStore, ctx context.Context) {
	key, other := newKey(), newKey()
	refused := func(method string, err error) bool {
		if err != nil && !errors.Is(err, ctx.Err()) {
			t.Errorf("%s: %v, which is not %v", method, err, ctx.Err())
		}
		var safe stores.SafeError
		if errors.As(err, &safe) && (strings.Contains(safe.SafeError(), key) || strings.Contains(safe.SafeError(), other)) {
			t.Errorf("%s: SafeError returns the key: %s", method, safe.SafeError())
		}
		return err != nil
	}
	commit(t, s, key, "value", hour())
	value, found, err := s.FindCtx(ctx, key)
	if refused("FindCtx", err) {
		if found {
			t.Error("FindCtx: found with an error")
		}
	} else if !found || string(value) != "value" {
		t.Errorf("FindCtx: found %q, %t without an error", value, found)
	}
	if !refused("CommitCtx", s.CommitCtx(ctx, other, []byte("other"), hour())) {
		present(t, s, other, "other")
	}
	if !refused("DeleteCtx", s.DeleteCtx(ctx, key)) {
		absent(t, s, key)
	}
	// The ended context must not affect later operations under another context.
	commit(t, s, key, "again", hour())
	present(t, s, key, "again")
}
