package rueidisstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/rueidisstore"
	"example.com/wxlogin/stores/storetest/redistest"
)

type find = func(ctx context.Context, key string) ([]byte, bool, error)

func TestFindCachedCtx(t *testing.T) {
	server := redistest.Start(t)
	url := "redis://" + server.Addr
	writer, withCache, without := open(t, url, plain), open(t, url, cached), open(t, url, plain)
	negative := open(t, url, rueidisstore.Options{CacheFor: -time.Second})
	if err := writer.Commit("key", []byte("value"), hour()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		find find
		gets string
	}{
		"FindCachedCtx":                 {withCache.FindCachedCtx, "1"},
		"FindCtx":                       {withCache.FindCtx, "1000"},
		"FindCachedCtx without a cache": {without.FindCachedCtx, "1000"},
		"a negative CacheFor":           {negative.FindCachedCtx, "1000"},
	} {
		t.Run(name, func(t *testing.T) {
			server.Do("CONFIG", "RESETSTAT")
			for range 1000 {
				if value, found, err := test.find(t.Context(), "key"); string(value) != "value" || !found || err != nil {
					t.Fatalf("%q, %t, %v", value, found, err)
				}
			}
			calls, _, _ := strings.Cut(server.Info("cmdstat_get"), ",")
			if calls != "calls="+test.gets {
				t.Errorf("GET: %s", calls)
			}
		})
	}
}

func TestFindCtxIsNeverStale(t *testing.T) {
	server := redistest.Start(t)
	url := "redis://" + server.Addr
	writer, reader := open(t, url, plain), open(t, url, cached)
	for i := range *rounds {
		want := string(rune('a' + i%26))
		if err := writer.Commit("key", []byte(want), hour()); err != nil {
			t.Fatal(err)
		}
		if value, _, err := reader.FindCtx(t.Context(), "key"); string(value) != want || err != nil {
			t.Fatalf("round %d: %q, %v; want %q", i, value, err, want)
		}
		if _, _, err := reader.FindCachedCtx(t.Context(), "key"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCachedReadSurvivesAnothersCancellation checks that a cached read succeeds even if
// another cached read of the same key is canceled while both wait for the same reply.
func TestCachedReadSurvivesAnothersCancellation(t *testing.T) {
	server := redistest.Start(t)
	url := "redis://" + server.Addr
	writer, reader := open(t, url, plain), open(t, url, cached)
	for i := range 50 {
		if err := writer.Commit("key", []byte("value"), hour()); err != nil {
			t.Fatal(err)
		}
		server.Pause()
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				own := t.Context()
				if n%2 == 0 {
					own = ctx
				}
				if _, found, err := reader.FindCachedCtx(own, "key"); own != ctx && (!found || err != nil) {
					t.Errorf("round %d: %t, %v", i, found, err)
				}
			})
		}
		time.Sleep(2 * time.Millisecond)
		cancel()
		time.Sleep(2 * time.Millisecond)
		server.Resume()
		wg.Wait()
	}
}

// TestTwoInstances simulates a logout: it deletes the key "token" through one of two
// stores. With caches, the test allows the other store to find the key for about a second
// after the deletion. In all other cases, the stores must not find the key after the
// deletion.
func TestTwoInstances(t *testing.T) {
	server := redistest.Start(t)
	url := "redis://" + server.Addr
	for name, test := range map[string]struct {
		options rueidisstore.Options
		max     time.Duration
	}{
		"plain":  {plain, 0},
		"cached": {cached, 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			one, other := open(t, url, test.options), open(t, url, test.options)
			late := 0
			var longest time.Duration
			// Without a pause, the reads could delay the message by which Redis reports the
			// deletion.
			pause := time.NewTicker(100 * time.Microsecond)
			defer pause.Stop()
			for range *rounds {
				if err := one.Commit("token", []byte("session"), hour()); err != nil {
					t.Fatal(err)
				}
				// The cache can still contain the "not found" of the previous round.
				for found := false; !found; {
					var err error
					if _, found, err = other.FindCachedCtx(t.Context(), "token"); err != nil {
						t.Fatal(err)
					}
					if !found {
						<-pause.C
					}
				}
				if err := one.Delete("token"); err != nil {
					t.Fatal(err)
				}
				out := time.Now()
				if _, found, err := one.FindCachedCtx(t.Context(), "token"); found || err != nil {
					t.Fatalf("the instance that logged out: %t, %v", found, err)
				}
				for dead := true; dead; {
					asked := time.Now()
					var err error
					if _, dead, err = other.FindCachedCtx(t.Context(), "token"); err != nil {
						t.Fatal(err)
					}
					if dead {
						late++
						longest = max(longest, asked.Sub(out))
						<-pause.C
					}
				}
			}
			t.Logf("%d rounds: a dead token was accepted %d times, at the latest %v after the logout", *rounds, late, longest)
			if late > 0 && test.max == 0 {
				t.Error("a dead token was accepted")
			}
			if longest >= test.max+time.Second { // a busy machine can delay the message from Redis
				t.Errorf("a dead token was accepted %v after the logout", longest)
			}
		})
	}
}

// TestOwnDeletionsOverASilentConnection checks that FindCachedCtx does not find a key that
// the same store deleted, even if the message from Redis about the deletion is lost.
func TestOwnDeletionsOverASilentConnection(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	relay := startRelay(t, server.Addr)
	option := rueidis.ClientOption{InitAddress: []string{relay.addr}, PipelineMultiplex: 2, ConnWriteTimeout: 2 * time.Second}
	option.Dialer.KeepAlive = 500 * time.Millisecond
	client, err := rueidis.NewClient(option)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	store := rueidisstore.New(client, cached)
	keys := make([]string, 40)
	for i := range keys {
		keys[i] = fmt.Sprint("key", i)
		server.Do("SET", "scs:session:"+keys[i], "value")
		await(t, func() error { _, _, err := store.FindCachedCtx(t.Context(), keys[i]); return err }, true)
	}
	// The store keeps the keys of its latest writes in a map. Because of the writes of the
	// goroutine below, the store starts a new map during the test.
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() {
		for tick := time.Tick(100 * time.Millisecond); ; {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			store.CommitCtx(ctx, "another", nil, hour())
			cancel()
			select {
			case <-stop:
				return
			case <-tick:
			}
		}
	})
	time.Sleep(1800 * time.Millisecond)
	relay.stallOne()
	var deleted []string
	var mu sync.Mutex
	var deletions sync.WaitGroup
	for _, key := range keys {
		deletions.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if store.DeleteCtx(ctx, key) == nil {
				mu.Lock()
				defer mu.Unlock()
				deleted = append(deleted, key)
			}
		})
	}
	deletions.Wait()
	if len(deleted) == 0 {
		t.Fatal("no deletion succeeded")
	}
	for begun := time.Now(); time.Since(begun) < 5*time.Second; time.Sleep(50 * time.Millisecond) {
		for _, key := range deleted {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			_, found, err := store.FindCachedCtx(ctx, key)
			cancel()
			if found && err == nil {
				t.Fatalf("found %s %v after it was deleted", key, time.Since(begun))
			}
		}
	}
}

// TestCacheIsNotTrustedWithoutAConnection checks that a store stops using its cache soon
// after Redis stops answering. Redis then sends no messages about changed keys either.
func TestCacheIsNotTrustedWithoutAConnection(t *testing.T) {
	server := redistest.Start(t)
	writer, reader := open(t, "redis://"+server.Addr, plain), open(t, "redis://"+server.Addr, cached)
	if err := writer.Commit("key", []byte("value"), hour()); err != nil {
		t.Fatal(err)
	}
	for name, outage := range map[string]struct {
		begin, end func()
		max        time.Duration
	}{
		"stopped": {server.Stop, server.Restart, 500 * time.Millisecond},
		"hung":    {server.Pause, server.Resume, 3500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			find := func() error {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				_, found, err := reader.FindCachedCtx(ctx, "key")
				if err == nil && !found {
					t.Fatal("not found")
				}
				return err
			}
			await(t, find, true)
			outage.begin()
			begun := time.Now()
			await(t, find, false)
			if d := time.Since(begun); d > outage.max {
				t.Errorf("trusted for %v", d)
			} else {
				t.Logf("trusted for %v", d)
			}
			outage.end()
			await(t, find, true)
		})
	}
}
