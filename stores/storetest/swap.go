package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

var updateOnlyChecks = []check{
	{"a key that is not there", func(t *testing.T, s scs.Store) {
		key := newKey()
		notFound(t, update(s, key, "value", hour()))
		absent(t, s, key)
	}},
	{"a key that was deleted", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", hour())
		remove(t, s, key)
		notFound(t, update(s, key, "late", hour()))
		absent(t, s, key)
	}},
	{"a key that has expired", func(t *testing.T, s scs.Store) {
		key, expiry := newKey(), time.Now().Add(100*time.Millisecond)
		commit(t, s, key, "value", expiry)
		awaitAbsence(t, s, key, expiry)
		notFound(t, update(s, key, "late", hour()))
		absent(t, s, key)
	}},
	{"a key that is there", func(t *testing.T, s scs.Store) {
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

// deletionIsFinal lets an update that has seen its key and a deletion race, many
// times. However it goes, the key is not there afterwards.
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
		wg.Go(racers[i%2]) // what is started last tends to run first
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
	t.Logf("%d rounds: the update was late in %d of them", rounds, dropped)
}

var swapperChecks = []check{
	{"outcomes", func(t *testing.T, s scs.Store) {
		tests := []struct {
			now, old, new, then string // "-" is none
			swapped             bool
		}{
			{"-", "-", "new", "new", true},
			{"-", "-", "-", "-", true},
			{"-", "old", "new", "-", false},
			{"-", "old", "-", "-", false},
			{"-", "", "new", "-", false},
			{"old", "-", "new", "old", false},
			{"old", "-", "-", "old", false},
			{"old", "old", "new", "new", true},
			{"old", "old", "-", "-", true},
			{"old", "ol", "new", "old", false},
			{"old", "older", "-", "old", false},
			{"old", "OLD", "new", "old", false},
			{"old", "", "new", "old", false},
			{"old\x00\r\n", "old\x00\r\n", "\xff\x00", "\xff\x00", true},
			{"old\x00a", "old\x00b", "new", "old\x00a", false},
		}
		for _, test := range tests {
			t.Run(fmt.Sprintf("%q,%q,%q", test.now, test.old, test.new), func(t *testing.T) {
				key := newKey()
				if test.now != "-" {
					commit(t, s, key, test.now, hour())
				}
				if swapped := swap(t, s, key, test.old, test.new, hour()); swapped != test.swapped {
					t.Errorf("swapped: %t", swapped)
				}
				if test.then == "-" {
					absent(t, s, key)
				} else {
					present(t, s, key, test.then)
				}
			})
		}
	}},
	{"expired counts as not there", func(t *testing.T, s scs.Store) {
		key, expiry := newKey(), time.Now().Add(100*time.Millisecond)
		commit(t, s, key, "old", expiry)
		awaitAbsence(t, s, key, expiry)
		if swap(t, s, key, "old", "new", hour()) {
			t.Error("an expired value was swapped")
		}
		if !swap(t, s, key, "-", "new", hour()) {
			t.Error("the key counts as one that is there")
		}
		present(t, s, key, "new")
	}},
	{"the new value expires", func(t *testing.T, s scs.Store) {
		key, expiry := newKey(), time.Now().Add(300*time.Millisecond)
		commit(t, s, key, "old", hour())
		swap(t, s, key, "old", "new", expiry)
		awaitAbsence(t, s, key, expiry)
	}},
	{"a context that is cancelled", func(t *testing.T, s scs.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		key := newKey()
		swapped, err := s.(stores.Swapper).CompareAndSwapCtx(ctx, key, nil, []byte("new"), hour())
		switch {
		case err == nil && swapped:
			present(t, s, key, "new")
		case !errors.Is(err, context.Canceled) || swapped:
			t.Errorf("%t, %v", swapped, err)
		}
	}},
	{"nothing is lost between many", func(t *testing.T, s scs.Store) {
		const workers, each = 8, 25
		key := newKey()
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for done := 0; done < each && !t.Failed(); {
					value, found := find(t, s, key)
					if !found {
						value = "-"
					}
					n, _ := strconv.Atoi(value)
					if swap(t, s, key, value, strconv.Itoa(max(n, 0)+1), hour()) {
						done++
					}
				}
			})
		}
		wg.Wait()
		present(t, s, key, strconv.Itoa(workers*each))
	}},
}

// swap takes "-" for nil.
func swap(t *testing.T, s scs.Store, key, old, new string, expiry time.Time) bool {
	t.Helper()
	bytesOf := func(s string) []byte {
		if s == "-" {
			return nil
		}
		return []byte(s)
	}
	swapped, err := s.(stores.Swapper).CompareAndSwapCtx(context.Background(), key, bytesOf(old), bytesOf(new), expiry)
	if err != nil {
		t.Errorf("CompareAndSwapCtx: %v", err)
	}
	return swapped
}
