package rueidisstore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/rueidisstore"
	"example.com/wxlogin/stores/storetest/redistest"
)

// seen is the context of a read. The field inline is true if rueidis called Done in the
// goroutine of the test.
type seen struct {
	context.Context
	inline atomic.Bool
}

func (s *seen) Done() <-chan struct{} {
	stack := make([]byte, 1<<14)
	stack = stack[:runtime.Stack(stack, false)]
	if strings.Contains(string(stack), "redis/rueidis.") && strings.Contains(string(stack), "rueidisstore_test.TestReads") {
		s.inline.Store(true)
	}
	return s.Context.Done()
}

func TestReadsRunInline(t *testing.T) {
	server := redistest.Start(t)
	url := "redis://" + server.Addr
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	store, withCache := open(t, url, plain), open(t, url, cached)
	inline := func(find find) (bool, error) {
		parent, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		ctx := &seen{Context: parent}
		_, _, err := find(ctx, "key")
		return ctx.inline.Load(), err
	}
	for name, find := range map[string]find{"FindCtx": store.FindCtx, "FindCachedCtx": withCache.FindCachedCtx} {
		t.Run(name, func(t *testing.T) {
			works := func() error { _, err := inline(find); return err }
			awaitInline := func() {
				t.Helper()
				await(t, func() error {
					server.Do("SET", "scs:session:key", "value") // soon, the cache of withCache no longer contains the key
					if ok, err := inline(find); !ok || err != nil {
						return fmt.Errorf("inline %t, %v", ok, err)
					}
					return nil
				}, true)
			}
			awaitInline()
			for _, outage := range []struct {
				name       string
				begin, end func()
			}{
				{"paused", server.Pause, server.Resume},
				{"stopped", server.Stop, server.Restart},
			} {
				outage.begin()
				await(t, works, false)
				if ok, _ := inline(find); ok {
					t.Errorf("%s: a read runs inline after one that failed", outage.name)
				}
				outage.end()
				await(t, works, true)
				awaitInline()
			}
		})
	}
	own := rueidisstore.New(client, plain)
	for range 10 {
		if ok, err := inline(own.FindCtx); ok || err != nil {
			t.Errorf("a client that connects by itself: inline %t, %v", ok, err)
		}
	}
}

func TestReadsEndWhileRedisHangs(t *testing.T) {
	server := redistest.Start(t)
	for name, options := range map[string]rueidisstore.Options{"plain": plain, "cached": cached} {
		t.Run(name, func(t *testing.T) { testHang(t, open(t, "redis://"+server.Addr, options), server) })
	}
}

func TestReadsEndWhileAClusterNodeHangs(t *testing.T) {
	servers := redistest.StartCluster(t)
	testHang(t, open(t, "redis://"+servers[0].Addr, plain), servers[1])
}

func testHang(t *testing.T, store *rueidisstore.Store, server *redistest.Server) {
	const readers, keys, patience = 900, 64, 200 * time.Millisecond
	key := func(n int) string { return fmt.Sprint("key", n%keys) }
	for n := range keys {
		await(t, func() error { return store.Commit(key(n), []byte("value"), hour()) }, true)
	}
	var ok, late, lateness, control atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	loop := func(over *atomic.Int64, read func(ctx context.Context, n int)) {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			deadline, _ := ctx.Deadline()
			read(ctx, n)
			by := int64(time.Since(deadline))
			for most := over.Load(); by > most && !over.CompareAndSwap(most, by); {
				most = over.Load()
			}
			cancel()
		}
	}
	for i := range readers {
		wg.Go(func() {
			loop(&lateness, func(ctx context.Context, n int) {
				_, _, err := store.FindCachedCtx(ctx, key(i+n))
				switch {
				case errors.Is(err, context.DeadlineExceeded):
					late.Add(1)
				case err == nil:
					ok.Add(1)
					fallthrough
				default:
					time.Sleep(20 * time.Millisecond)
				}
			})
		})
	}
	for range 20 { // these goroutines measure how late contexts end on this machine
		wg.Go(func() { loop(&control, func(ctx context.Context, _ int) { <-ctx.Done() }) })
	}
	await(t, func() error {
		if ok.Load() < 2*readers {
			return errors.New("few reads were done yet")
		}
		return nil
	}, true)
	server.Pause()
	time.Sleep(4 * time.Second) // the client closes a connection after at most 3 seconds without data
	server.Resume()
	resumed := ok.Load()
	await(t, func() error {
		if ok.Load() < resumed+2*readers {
			return errors.New("few reads were done since")
		}
		return nil
	}, true)
	close(stop)
	wg.Wait()
	t.Logf("%d reads done, %d late; the longest over its deadline: %v, control %v", ok.Load(), late.Load(), time.Duration(lateness.Load()), time.Duration(control.Load()))
	if late.Load() < readers {
		t.Errorf("%d reads were late", late.Load())
	}
	if limit := 500*time.Millisecond + 3*time.Duration(control.Load()); time.Duration(lateness.Load()) > limit {
		t.Errorf("a read took %v longer than its deadline, more than %v", time.Duration(lateness.Load()), limit)
	}
}

// TestReadsEndWhenConnectionsAreFull checks that 10,000 concurrent reads end soon after
// their deadlines, although the client's queue holds only 4,096 commands. At most 10 reads
// are allowed to end later, when the client closes the connection.
func TestReadsEndWhenConnectionsAreFull(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := open(t, "redis://"+server.Addr, plain)
	if _, _, err := store.Find("key"); err != nil {
		t.Fatal(err)
	}
	server.Pause()
	defer server.Resume()
	var wg sync.WaitGroup
	var late atomic.Int64
	for range 10_000 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, _, err := store.FindCtx(ctx, "key")
			took := time.Since(start)
			if took > 2200*time.Millisecond {
				late.Add(1)
			}
			if !errors.Is(err, context.DeadlineExceeded) || took > 4*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
	}
	wg.Wait()
	if n := late.Load(); n > 10 {
		t.Errorf("%d reads ended late", n)
	}
}

// TestReadsEndWhileTheClientConnects checks that a canceled read ends soon, even while
// the client is connecting for that read or for another read.
func TestReadsEndWhileTheClientConnects(t *testing.T) {
	t.Parallel()
	single, cluster := redistest.Start(t), redistest.StartCluster(t)
	for name, test := range map[string]struct{ first, hung *redistest.Server }{
		"single":  {single, single},
		"cluster": {cluster[0], cluster[1]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t, "redis://"+test.first.Addr, plain)
			var keys []string // the keys on the server that hangs
			for i := 0; len(keys) < 10; i++ {
				key := fmt.Sprint("key", i)
				if err := store.Commit(key, []byte("value"), hour()); err != nil {
					t.Fatal(err)
				}
				if name == "cluster" {
					slot := test.hung.Do("CLUSTER", "KEYSLOT", "scs:session:"+key).(int64)
					if slot < 16384/3 || slot >= 2*16384/3 {
						continue
					}
				}
				keys = append(keys, key)
			}
			test.hung.Pause()
			defer test.hung.Resume()
			time.Sleep(3500 * time.Millisecond) // after this time, the client has closed the connection
			var wg sync.WaitGroup
			for i, key := range keys {
				wg.Go(func() {
					ctx, cancel := context.WithCancel(t.Context())
					defer time.AfterFunc(100*time.Millisecond, cancel).Stop()
					start := time.Now()
					if _, _, err := store.FindCtx(ctx, key); !errors.Is(err, context.Canceled) || time.Since(start) > time.Second {
						t.Errorf("read %d: %v after %v", i, err, time.Since(start))
					}
				})
				time.Sleep(10 * time.Millisecond)
			}
			wg.Wait()
		})
	}
}

// TestManyFirstOperations checks that no operation returns the error "no connection" if
// many operations start concurrently after the connection was lost. Other errors are
// allowed.
func TestManyFirstOperations(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := open(t, "redis://"+server.Addr, plain)
	for range 200 {
		await(t, func() error { return store.Commit("key", []byte("value"), hour()) }, true)
		server.CutConnections()
		time.Sleep(5 * time.Millisecond) // the client usually notices the loss within this time
		start := make(chan struct{})
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				var err error
				if <-start; i%2 == 0 {
					err = store.Commit("key", []byte("value"), hour())
				} else {
					_, _, err = store.Find("key")
				}
				if err != nil && strings.Contains(err.Error(), "no connection") {
					t.Error(err)
				}
			})
		}
		close(start)
		wg.Wait()
	}
}

func TestOperationsEndWithoutADeadline(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for name, options := range map[string]rueidisstore.Options{"plain": plain, "cached": cached} {
		store := open(t, "redis://"+server.Addr, options)
		server.Pause()
		start := time.Now()
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for what, operation := range map[string]func(context.Context) error{
			"FindCtx":       func(ctx context.Context) error { _, _, err := store.FindCtx(ctx, "key"); return err },
			"FindCachedCtx": func(ctx context.Context) error { _, _, err := store.FindCachedCtx(ctx, "key"); return err },
			"CommitCtx":     func(ctx context.Context) error { return store.CommitCtx(ctx, "key", nil, hour()) },
			"DeleteCtx":     func(ctx context.Context) error { return store.DeleteCtx(ctx, "key") },
			"AllCtx":        func(ctx context.Context) error { _, err := store.AllCtx(ctx); return err },
			"CompareAndSwapCtx": func(ctx context.Context) error {
				_, err := store.CompareAndSwapCtx(ctx, "key", nil, nil, hour())
				return err
			},
		} {
			for _, ctx := range []context.Context{ctx, context.Background()} {
				wg.Go(func() {
					err := operation(ctx)
					if took := time.Since(start); err == nil || took < time.Second || took > 4*time.Second {
						t.Errorf("%s, %s: %v after %v", name, what, err, took)
					}
				})
			}
		}
		wg.Wait()
		cancel()
		server.Resume()
	}
}
