package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

var updateOnlyChecks = []check{
	{"absent key", func(t *testing.T, s scs.Store) {
		key := newKey()
		notFound(t, update(s, key, "value", hour()))
		absent(t, s, key)
	}},
	{"deleted key", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", hour())
		remove(t, s, key)
		notFound(t, update(s, key, "late", hour()))
		absent(t, s, key)
	}},
	{"expired key", func(t *testing.T, s scs.Store) {
		key, expiry := newKey(), time.Now().Add(100*time.Millisecond)
		commit(t, s, key, "value", expiry)
		awaitAbsence(t, s, key, expiry)
		notFound(t, update(s, key, "late", hour()))
		absent(t, s, key)
	}},
	{"present key", func(t *testing.T, s scs.Store) {
		key, expiry := newKey(), time.Now().Add(300*time.Millisecond)
		commit(t, s, key, "value", hour())
		if err := update(s, key, "new", expiry); err != nil {
			t.Error(err)
		}
		present(t, s, key, "new")
		awaitAbsence(t, s, key, expiry)
	}},
	{"another key", func(t *testing.T, s scs.Store) {
		key, other := newKey(), newKey()
		ctx := stores.UpdateOnly(context.Background(), key)
		if err := s.(scs.CtxStore).CommitCtx(ctx, other, []byte("other"), hour()); err != nil {
			t.Error(err)
		}
		present(t, s, other, "other")
	}},
	{"expiry that has passed", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", hour())
		if err := update(s, key, "new", time.Now().Add(-time.Minute)); err != nil {
			t.Error(err)
		}
		absent(t, s, key)
		notFound(t, update(s, key, "new", time.Now().Add(-time.Minute)))
	}},
	{"deletion is final", deletionIsFinal},
}

func update(s scs.Store, key, value string, expiry time.Time) error {
	ctx := stores.UpdateOnly(context.Background(), key)
	return s.(scs.CtxStore).CommitCtx(ctx, key, []byte(value), expiry)
}

func notFound(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
}

// deletionIsFinal runs an update and a deletion of one key at the same time. In every
// order of the two operations, the key must be absent afterwards.
func deletionIsFinal(t *testing.T, s scs.Store) {
	rounds := 10_000
	if testing.Short() {
		rounds = 500
	}
	dropped := 0
	for i := range rounds {
		key := newKey()
		commit(t, s, key, "value", hour())
		present(t, s, key, "value")
		var wg sync.WaitGroup
		var err error
		racers := []func(){
			func() { err = update(s, key, "late", hour()) },
			func() { remove(t, s, key) },
		}
		wg.Go(racers[i%2]) // alternate the order: the last goroutine to start often runs first
		wg.Go(racers[1-i%2])
		wg.Wait()
		if err != nil {
			dropped++
			notFound(t, err)
		}
		absent(t, s, key)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d rounds: the deletion was first in %d of them", rounds, dropped)
}
