package rueidisstore_test

import (
	"context"
	"testing"
	"time"

	"example.com/wxlogin/stores/rueidisstore"
)

var (
	plain  = rueidisstore.Options{}
	cached = rueidisstore.Options{CacheFor: time.Minute}
)

func open(t testing.TB, url string, options rueidisstore.Options) *rueidisstore.Store {
	t.Helper()
	store, err := rueidisstore.Open(url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// cachedReads is a store whose FindCtx is FindCachedCtx.
type cachedReads struct{ *rueidisstore.Store }

func (s cachedReads) Find(key string) ([]byte, bool, error) {
	return s.FindCachedCtx(context.Background(), key)
}

func (s cachedReads) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	return s.FindCachedCtx(ctx, key)
}

func hour() time.Time { return time.Now().Add(time.Hour) }

// await calls f until its error is nil, or is not.
func await(t *testing.T, f func() error, works bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); (f() == nil) != works; <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited 20 s for f to work: %t; last error %v", works, f())
		}
	}
}
