package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

var readyChecks = []check{
	{"working store", func(t *testing.T, s scs.Store) {
		key := newKey()
		commit(t, s, key, "value", hour())
		for range 2 {
			if err := s.(stores.ReadyChecker).Ready(context.Background()); err != nil {
				t.Errorf("Ready: %v", err)
			}
		}
		present(t, s, key, "value")
		if _, ok := s.(scs.IterableStore); ok {
			if got := all(t, s); len(got) != 1 {
				t.Errorf("Ready left %d values", len(got)-1)
			}
		}
	}},
	{"cancelled context", func(t *testing.T, s scs.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.(stores.ReadyChecker).Ready(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Ready: %v, which is not %v", err, context.Canceled)
		}
	}},
}
