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

var swapperChecks = []check{
	{"outcomes", func(t *testing.T, s scs.Store) {
		tests := []struct {
			now, old, new, then string // value before, arguments old and new, value after; "-" means no value or nil
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
	{"expired key is absent", func(t *testing.T, s scs.Store) {
		key, expiry := newKey(), time.Now().Add(100*time.Millisecond)
		commit(t, s, key, "old", expiry)
		awaitAbsence(t, s, key, expiry)
		if swap(t, s, key, "old", "new", hour()) {
			t.Error("an expired value was swapped")
		}
		if !swap(t, s, key, "-", "new", hour()) {
			t.Error("an expired key is not absent")
		}
		present(t, s, key, "new")
	}},
	{"expiry of the new value", func(t *testing.T, s scs.Store) {
		key, expiry := newKey(), time.Now().Add(300*time.Millisecond)
		commit(t, s, key, "old", hour())
		swap(t, s, key, "old", "new", expiry)
		awaitAbsence(t, s, key, expiry)
	}},
	{"expiry that has passed", func(t *testing.T, s scs.Store) {
		key := newKey()
		for _, now := range []string{"-", "old"} {
			if now != "-" {
				commit(t, s, key, now, hour())
			}
			if !swap(t, s, key, now, "new", time.Now().Add(-time.Minute)) {
				t.Errorf("%s was not swapped", now)
			}
			absent(t, s, key)
		}
	}},
	{"cancelled context", func(t *testing.T, s scs.Store) {
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
	{"many goroutines", func(t *testing.T, s scs.Store) {
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

// swap calls CompareAndSwapCtx. The string "-" for old or new stands for nil.
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
