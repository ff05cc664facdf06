package redistest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// Load uses a store in 24 goroutines, which find, update and swap sessions. The deadline
// of each operation is 200 ms after its start.
type Load struct {
	// Store is the store under load. It implements [stores.Swapper].
	Store scs.CtxStore
	// OK is the number of operations that returned no error.
	OK atomic.Int64
	// Failed is the number of operations that returned an error.
	Failed atomic.Int64
	// Late is the number of failed operations with the error
	// context.DeadlineExceeded. Failed includes these operations.
	Late atomic.Int64
	// Wrong is the number of wrong results of FindCtx. Without an error, the result is
	// wrong if the session is absent or has a wrong value. With an error, the result is
	// wrong if found is true.
	Wrong atomic.Int64
	// Overrun is the longest time by which an operation missed its deadline, in
	// nanoseconds. Overrun is 0 if no operation missed its deadline.
	Overrun atomic.Int64

	keys []string
	stop chan struct{}
	wg   sync.WaitGroup
}

const opDeadline = 200 * time.Millisecond

// StartLoad commits a hundred sessions and starts a load on these sessions. The store
// must implement [stores.Swapper]. [Load.Stop] ends the load.
func StartLoad(t testing.TB, store scs.CtxStore) *Load {
	t.Helper()
	l := &Load{Store: store, stop: make(chan struct{})}
	for i := range 100 {
		key := fmt.Sprintf("session-%d", i)
		if err := store.Commit(key, []byte(key), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		l.keys = append(l.keys, key)
	}
	for worker := range 24 {
		l.wg.Go(func() { l.run(worker) })
	}
	return l
}

func (l *Load) run(worker int) {
	pause := time.NewTicker(time.Millisecond)
	defer pause.Stop()
	for i := worker; ; i++ {
		select { // without the pause of 1 ms, the load could take too much CPU time from the Sentinels
		case <-l.stop:
			return
		case <-pause.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), opDeadline)
		err := l.operation(ctx, i%5, l.keys[i%len(l.keys)])
		deadline, _ := ctx.Deadline()
		over := int64(time.Since(deadline))
		for most := l.Overrun.Load(); over > most && !l.Overrun.CompareAndSwap(most, over); {
			most = l.Overrun.Load()
		}
		cancel()
		if err != nil {
			l.Failed.Add(1)
			if errors.Is(err, context.DeadlineExceeded) {
				l.Late.Add(1)
			}
			select { // a client also waits before it retries
			case <-l.stop:
			case <-time.After(5 * time.Millisecond):
			}
		} else {
			l.OK.Add(1)
		}
	}
}

func (l *Load) operation(ctx context.Context, kind int, key string) error {
	expiry := time.Now().Add(time.Hour)
	switch kind {
	case 0:
		return l.Store.CommitCtx(stores.UpdateOnly(ctx, key), key, []byte(key), expiry)
	case 1:
		_, err := l.Store.(stores.Swapper).CompareAndSwapCtx(ctx, key, []byte(key), []byte(key), expiry)
		return err
	}
	value, found, err := l.Store.FindCtx(ctx, key)
	if err == nil && (!found || !bytes.Equal(value, []byte(key))) || err != nil && found {
		l.Wrong.Add(1)
	}
	return err
}

// Stop ends the load. It fails the test if Wrong is not 0, or if an operation ended more
// than 500 ms after its deadline.
func (l *Load) Stop(t testing.TB) {
	t.Helper()
	close(l.stop)
	l.wg.Wait()
	over := time.Duration(l.Overrun.Load())
	t.Logf("%d operations done, %d failed, %d wrong; the longest over its deadline: %v", l.OK.Load(), l.Failed.Load(), l.Wrong.Load(), max(over, 0))
	if l.Wrong.Load() > 0 {
		t.Errorf("%d sessions were not there, without an error", l.Wrong.Load())
	}
	if over > 500*time.Millisecond { // not 0, because a busy machine runs goroutines late
		t.Errorf("an operation took %v longer than its deadline", over)
	}
}

// Outages stops, kills and pauses a server, makes it run DEBUG SLEEP, and cuts its
// connections. For each of these outages, Outages calls open and puts the new store under
// load. It checks that:
//
//   - operations end at most 500 ms after their deadlines
//   - FindCtx never reports a session as absent, and never returns a wrong value
//   - the store recovers by itself: 2000 operations in a row succeed within 5 seconds after
//     the outage
//   - the outage adds at most 24 goroutines and 24 connections
//   - no goroutine and no connection of the store is left after its method Close
//
// The server must have no other clients. Do not run other tests in the same process at the
// same time, because Outages counts all goroutines. The store must implement
// [stores.Swapper].
func Outages(t *testing.T, s *Server, open func(t *testing.T) scs.CtxStore) {
	outages := []struct {
		name       string
		begin, end func()
		failures   int64 // Outages waits for this many failures, then it calls end; a paused server causes about 120 a second, so 360 take about 3 s
	}{
		{"stopped", s.Stop, s.Restart, 60},
		{"killed", s.Kill, s.Restart, 60},
		{"paused", s.Pause, s.Resume, 60},
		{"paused for long", s.Pause, s.Resume, 360},
		{"asleep", func() { s.Do("DEBUG", "SLEEP", "1") }, func() {}, 60},
		{"connections cut", s.CutConnections, func() {}, 0},
	}
	for _, outage := range outages {
		t.Run(outage.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			store := open(t)
			load := StartLoad(t, store)
			await(t, "the load to run", func() bool { return load.OK.Load() > 1000 })
			clients, goroutines := count(s.Info("connected_clients")), runtime.NumGoroutine()

			outage.begin()
			await(t, "operations to fail", func() bool { return load.Failed.Load() >= outage.failures })
			outage.end()

			back := time.Now()
			failed, ok := load.Failed.Load(), load.OK.Load()
			await(t, "recovery", func() bool {
				if f := load.Failed.Load(); f != failed {
					failed, ok = f, load.OK.Load()
				}
				return load.OK.Load() > ok+2000
			})
			recovery := time.Since(back)
			if recovery > 5*time.Second {
				t.Errorf("it took %v to recover", recovery)
			}
			t.Logf("2000 operations in a row worked after %v", recovery)
			if got := runtime.NumGoroutine(); got > goroutines+24 {
				t.Errorf("%d goroutines, before the outage %d", got, goroutines)
			}
			load.Stop(t)
			if got := count(s.Info("connected_clients")); got > clients+24 {
				t.Errorf("%d connections, before the outage %d", got, clients)
			}
			if closer, ok := store.(interface{ Close() error }); ok {
				if err := closer.Close(); err != nil {
					t.Error(err)
				}
			}
			await(t, "connections to end", func() bool { return count(s.Info("connected_clients")) <= 1 }) // 1 is the connection of Info
			await(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
		})
	}
}

func count(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func await(t testing.TB, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !condition(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}
