package storm_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/rueidisstore/internal/storm"
)

// Each broken store below embeds a store that works, and replaces one of its methods.
type store interface {
	scs.CtxStore
	stores.Swapper
	Close() error
}

func sometimes() bool { return rand.IntN(20) == 0 }

type forgetsDeletes struct{ store }

func (s forgetsDeletes) DeleteCtx(ctx context.Context, key string) error {
	if sometimes() {
		return nil
	}
	return s.store.DeleteCtx(ctx, key)
}

type forgetsSwaps struct{ store }

func (s forgetsSwaps) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
	if sometimes() {
		return true, nil
	}
	return s.store.CompareAndSwapCtx(ctx, key, old, new, expiry)
}

type overwrites struct{ store }

func (s overwrites) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
	if old == nil || new == nil {
		return s.store.CompareAndSwapCtx(ctx, key, old, new, expiry)
	}
	return true, s.store.CommitCtx(ctx, key, new, expiry)
}

type findsNothing struct{ store }

func (s findsNothing) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	value, found, err := s.store.FindCtx(ctx, key)
	if err != nil {
		return nil, false, nil
	}
	return value, found, nil
}

// remembers answers reads from a cache that misses changes for a short time.
type remembers struct {
	store
	answers *sync.Map // key → answer
}

type answer struct {
	value []byte
	found bool
	until time.Time
}

func (s remembers) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	if a, ok := s.answers.Load(key); ok && time.Now().Before(a.(answer).until) {
		return a.(answer).value, a.(answer).found, nil
	}
	value, found, err := s.store.FindCtx(ctx, key)
	if err == nil {
		s.answers.Store(key, answer{value, found, time.Now().Add(100 * time.Millisecond)})
	}
	return value, found, err
}

// TestOracle checks that storm.Run finds a wrong answer with each broken store above.
func TestOracle(t *testing.T) {
	for _, bug := range []struct {
		name  string
		wrong func(store) scs.CtxStore
	}{
		{"deletes are forgotten", func(s store) scs.CtxStore { return forgetsDeletes{s} }},
		{"swaps are forgotten", func(s store) scs.CtxStore { return forgetsSwaps{s} }},
		{"a swap does not compare", func(s store) scs.CtxStore { return overwrites{s} }},
		{"a failure is an absence", func(s store) scs.CtxStore { return findsNothing{s} }},
		{"reads are from memory", func(s store) scs.CtxStore { return remembers{s, new(sync.Map)} }},
	} {
		open := func(url string) (scs.CtxStore, error) {
			s, err := stores.OpenRedis(url)
			return bug.wrong(s), err
		}
		t.Run(bug.name, func(t *testing.T) {
			for range 15 { // a short storm does not always reveal the bug
				report := storm.Run(t, config(open, false, 2*time.Second))
				if report.Wrongs > 0 {
					report.Wrong = report.Wrong[:min(3, len(report.Wrong))]
					t.Log(report)
					return
				}
			}
			t.Error("the oracle found nothing")
		})
	}
}
