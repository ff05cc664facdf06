package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

type iterableCtxStore struct {
	scs.Store
	iterable scs.IterableCtxStore
}

func (s iterableCtxStore) All() (map[string][]byte, error) {
	return s.iterable.AllCtx(context.Background())
}

var iterableChecks = []check{
	{"empty store", func(t *testing.T, s scs.Store) {
		if got := all(t, s); got == nil || len(got) > 0 {
			t.Errorf("All: %v, want an empty map that is not nil", got)
		}
	}},
	{"all that have not expired", func(t *testing.T, s scs.Store) {
		want := make(map[string]string)
		for i := range 2500 {
			key := newKey()
			want[key] = fmt.Sprint("value ", i)
			commit(t, s, key, want[key], hour())
		}
		deleted, expired := newKey(), newKey()
		commit(t, s, deleted, "deleted", hour())
		remove(t, s, deleted)
		commit(t, s, expired, "expired", time.Now().Add(-time.Minute))
		got := all(t, s)
		if len(got) != len(want) {
			t.Errorf("%d values, want %d", len(got), len(want))
		}
		for key, value := range want {
			if string(got[key]) != value {
				t.Fatalf("%q, want %q", got[key], value)
			}
		}
	}},
}

func all(t *testing.T, s scs.Store) map[string][]byte {
	t.Helper()
	values, err := s.(scs.IterableStore).All()
	if err != nil {
		t.Errorf("All: %v", err)
	}
	return values
}
