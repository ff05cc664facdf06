package stores_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores/storetest/redistest"
)

func TestRedisOutages(t *testing.T) {
	server := redistest.Start(t)
	redistest.Outages(t, server, func(t *testing.T) scs.CtxStore { return openRedis(t, "redis://"+server.Addr) })
}

// A connection made before an idle time may have been closed meanwhile, by a
// restart or a firewall: nobody is to notice.
func TestRedisIdleConnectionsThatWereCut(t *testing.T) {
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { store.Find("key") })
	}
	wg.Wait()
	if n := count(server.Info("connected_clients")); n < 5 {
		t.Fatalf("%d connections are too few for this test", n)
	}
	server.Stop()
	server.Restart()
	if _, found, err := store.Find("key"); !found || err != nil {
		t.Error(found, err)
	}
	server.CutConnections()
	if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	server.CutConnections()
	if _, err := store.CompareAndSwapCtx(t.Context(), "key", []byte("value"), []byte("new"), time.Now().Add(time.Hour)); err == nil {
		t.Error("a swap that was lost was sent again")
	}
}

// Without a deadline of the context there is one all the same, also while the
// connections are all in use, and while one is made and logs in.
func TestRedisEndsWithoutADeadline(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openRedis(t, "redis://:password@"+server.Addr)
	server.Do("CONFIG", "SET", "requirepass", "password")
	server.Pause()
	const many = 100 // more than there are connections
	errs := make(chan error)
	start := time.Now()
	for range many {
		go func() {
			_, _, err := store.Find("key")
			errs <- err
		}()
	}
	for range many {
		if err := <-errs; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	}
	if d := time.Since(start); d < time.Second || d > 4*time.Second {
		t.Errorf("took %v", d)
	}
}
