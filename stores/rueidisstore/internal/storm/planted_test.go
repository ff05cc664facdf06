package storm_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/rueidisstore"
	"example.com/wxlogin/stores/rueidisstore/internal/storm"
)

// store is what the stores under test can do, to be embedded and to be made wrong.
type store interface {
	scs.CtxStore
	stores.Swapper
	Close() error
}

func sometimes() bool { return rand.IntN(50) == 0 }

// forgetsDeletes reports that it has deleted what it has not.
type forgetsDeletes struct{ store }

func (s forgetsDeletes) DeleteCtx(ctx context.Context, key string) error {
	if sometimes() {
		return nil
	}
	return s.store.DeleteCtx(ctx, key)
}

// forgetsSwaps reports that it has swapped what it has not.
type forgetsSwaps struct{ store }

func (s forgetsSwaps) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
	if sometimes() {
		return true, nil
	}
	return s.store.CompareAndSwapCtx(ctx, key, old, new, expiry)
}

// overwrites swaps whatever the value is, as if nobody else wrote at the same time.
type overwrites struct{ store }

func (s overwrites) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
	if old == nil || new == nil {
		return s.store.CompareAndSwapCtx(ctx, key, old, new, expiry)
	}
	return true, s.store.CommitCtx(ctx, key, new, expiry)
}

// findsNothing takes a failure for the absence of the key.
type findsNothing struct{ store }

func (s findsNothing) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	value, found, err := s.store.FindCtx(ctx, key)
	if err != nil {
		return nil, false, nil
	}
	return value, found, nil
}

// readsCache reads everything from the cache.
type readsCache struct{ *rueidisstore.Store }

func (s readsCache) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	return s.Store.FindCachedCtx(ctx, key)
}

// The oracle finds the mistakes of stores that are wrong.
func TestOracle(t *testing.T) {
	plain := func(wrong func(store) scs.CtxStore) func(string) (scs.CtxStore, error) {
		return func(url string) (scs.CtxStore, error) {
			s, err := stores.OpenRedis(url)
			return wrong(s), err
		}
	}
	for _, bug := range []struct {
		name   string
		open   func(string) (scs.CtxStore, error)
		cached bool
	}{
		{"deletes are forgotten", plain(func(s store) scs.CtxStore { return forgetsDeletes{s} }), false},
		{"swaps are forgotten", plain(func(s store) scs.CtxStore { return forgetsSwaps{s} }), false},
		{"a swap does not compare", plain(func(s store) scs.CtxStore { return overwrites{s} }), false},
		{"a failure is an absence", plain(func(s store) scs.CtxStore { return findsNothing{s} }), false},
		{"records come from a cache", func(url string) (scs.CtxStore, error) {
			s, err := rueidisstore.Open(url, rueidisstore.Options{CacheFor: time.Minute})
			return readsCache{s}, err
		}, true},
	} {
		t.Run(bug.name, func(t *testing.T) {
			report := storm.Run(t, config(bug.open, bug.cached, 2*time.Second))
			if report.Wrongs == 0 {
				t.Error("the oracle found nothing")
			}
			report.Wrong = report.Wrong[:min(3, len(report.Wrong))]
			t.Log(report)
		})
	}
}
