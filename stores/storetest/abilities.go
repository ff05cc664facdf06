package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

var ctxChecks = []check{
	{"a context that is cancelled", func(t *testing.T, s scs.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		underEndedContext(t, s.(scs.CtxStore), ctx)
	}},
	{"a deadline that has passed", func(t *testing.T, s scs.Store) {
		ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
		defer cancel()
		underEndedContext(t, s.(scs.CtxStore), ctx)
	}},
}

// underEndedContext checks that a store either does what it is asked to, or
// says that it has not because of the context.
func underEndedContext(t *testing.T, s scs.CtxStore, ctx context.Context) {
	refused := func(what string, err error) bool {
		if err != nil && !errors.Is(err, ctx.Err()) {
			t.Errorf("%s: %v, want one that is %v", what, err, ctx.Err())
		}
		return err != nil
	}
	key, other := newKey(), newKey()
	commit(t, s, key, "value", hour())
	value, found, err := s.FindCtx(ctx, key)
	if refused("FindCtx", err) {
		if found {
			t.Error("found with an error")
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
	// It goes on with others.
	commit(t, s, key, "again", hour())
	present(t, s, key, "again")
}

var iterableChecks = []check{
	{"nothing", func(t *testing.T, s scs.Store) {
		if got := all(t, s); got == nil || len(got) > 0 {
			t.Errorf("All: %v, want an empty map that is not nil", got)
		}
	}},
	{"all that are active", func(t *testing.T, s scs.Store) {
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

// iterableCtxStore leads All to AllCtx.
type iterableCtxStore struct {
	scs.Store
	iterable scs.IterableCtxStore
}

func (s iterableCtxStore) All() (map[string][]byte, error) {
	return s.iterable.AllCtx(context.Background())
}
