package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// cachedStore lets the checks of Find and FindCtx test FindCachedCtx.
type cachedStore struct{ scs.CtxStore }

func (s cachedStore) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	return s.CtxStore.(stores.CachedFinder).FindCachedCtx(ctx, key)
}

func (s cachedStore) Find(key string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), key)
}

var cachedFinderChecks = []check{
	{"own changes after a read", func(t *testing.T, s scs.Store) {
		key := newKey()
		absent(t, s, key)
		commit(t, s, key, "first", hour())
		present(t, s, key, "first")
		commit(t, s, key, "second", hour())
		present(t, s, key, "second")
		remove(t, s, key)
		absent(t, s, key)
	}},
	{"own updates and swaps after a read", func(t *testing.T, s scs.Store) {
		own := s.(cachedStore).CtxStore
		if _, ok := own.(stores.Swapper); !ok {
			t.Skip("the store is no Swapper")
		}
		key := newKey()
		commit(t, s, key, "first", hour())
		present(t, s, key, "first")
		if err := update(own, key, "second", hour()); err != nil {
			t.Error(err)
		}
		present(t, s, key, "second")
		swap(t, own, key, "second", "third", hour())
		present(t, s, key, "third")
		swap(t, own, key, "third", "-", time.Time{})
		absent(t, s, key)
	}},
	{"expiry after a read", func(t *testing.T, s scs.Store) {
		key, expiry := newKey(), time.Now().Add(300*time.Millisecond)
		commit(t, s, key, "value", expiry)
		present(t, s, key, "value")
		awaitAbsence(t, s, key, expiry)
	}},
}
