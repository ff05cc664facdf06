package stores_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
)

// Many who look for different keys at the same time get each their own answer,
// in fewer round trips than there are keys.
func TestRedisSharesRoundTrips(t *testing.T) {
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	const keys = 500
	for i := range keys {
		if err := store.Commit(fmt.Sprint("key", i), []byte(fmt.Sprint("value", i)), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	server.Do("RPUSH", "scs:session:list", "no string")
	before := count(server.Info("total_reads_processed"))
	var begin, wg sync.WaitGroup
	begin.Add(1)
	find := func(key string, check func(value []byte, found bool, err error)) {
		wg.Go(func() {
			begin.Wait()
			check(store.Find(key))
		})
	}
	for i := range keys {
		find(fmt.Sprint("key", i), func(value []byte, found bool, err error) {
			if string(value) != fmt.Sprint("value", i) || !found || err != nil {
				t.Errorf("key %d: %q, %t, %v", i, value, found, err)
			}
		})
		if i%10 == 0 {
			find(fmt.Sprint("other", i), func(value []byte, found bool, err error) {
				if value != nil || found || err != nil {
					t.Errorf("no such key: %q, %t, %v", value, found, err)
				}
			})
			find("list", func(_ []byte, found bool, err error) {
				if found || err == nil || !strings.HasSuffix(err.Error(), "WRONGTYPE") {
					t.Errorf("a list: %t, %v", found, err)
				}
			})
		}
	}
	begin.Done()
	wg.Wait()
	reads := count(server.Info("total_reads_processed")) - before
	t.Logf("%d keys in %d reads", keys+keys/5, reads)
	if reads > keys/2 {
		t.Errorf("%d keys took %d reads", keys+keys/5, reads)
	}
}

// A request that waits behind others ends when its own context does.
func TestRedisWaitsNoLongerThanItsContext(t *testing.T) {
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	server.Pause()
	var others sync.WaitGroup
	for range 100 {
		others.Go(func() { store.Find("key") })
	}
	for _, test := range []struct {
		name string
		ctx  func() (context.Context, context.CancelFunc)
		want error
	}{
		{"deadline", func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 10*time.Millisecond)
		}, context.DeadlineExceeded},
		{"cancelled", func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(10*time.Millisecond, cancel)
			return ctx, cancel
		}, context.Canceled},
	} {
		t.Run(test.name, func(t *testing.T) {
			quickest := time.Hour
			for range 5 {
				ctx, cancel := test.ctx()
				start := time.Now()
				if _, _, err := store.FindCtx(ctx, "key"); !errors.Is(err, test.want) {
					t.Errorf("error %v, want %v", err, test.want)
				}
				cancel()
				quickest = min(quickest, time.Since(start))
			}
			if quickest > 40*time.Millisecond { // who waits for long does so for 50
				t.Errorf("took %v", quickest)
			}
		})
	}
	server.Resume()
	others.Wait()
	if _, _, err := store.Find("key"); err != nil {
		t.Error(err)
	}
}

// onceConn is a connection that Redis closes after one command, or batch.
type onceConn struct {
	redis.ConnWithTimeout
	used, gone bool
}

func (c *onceConn) Err() error {
	if c.gone {
		return io.EOF
	}
	return c.ConnWithTimeout.Err()
}

func (c *onceConn) DoWithTimeout(timeout time.Duration, cmd string, args ...any) (any, error) {
	if c.gone = c.used; c.gone {
		return nil, io.EOF
	}
	c.used = true
	return c.ConnWithTimeout.DoWithTimeout(timeout, cmd, args...)
}

// Nobody notices that an idle connection was closed, also not who shares it.
func TestRedisSharedConnectionThatWasCut(t *testing.T) {
	server := redistest.Start(t)
	store := stores.NewRedis(&redis.Pool{MaxIdle: 64, Dial: func() (redis.Conn, error) {
		conn, err := redis.Dial("tcp", server.Addr)
		if err != nil {
			return nil, err
		}
		return &onceConn{ConnWithTimeout: conn.(redis.ConnWithTimeout)}, nil
	}})
	defer store.Close()
	server.Pause()
	var wg sync.WaitGroup
	for range 300 {
		wg.Go(func() {
			if _, found, err := store.Find("key"); found || err != nil {
				t.Error(found, err)
			}
		})
	}
	time.AfterFunc(10*time.Millisecond, server.Resume) // before those who wait go alone
	wg.Wait()
}

// A pool whose Dial panics ends the requests, as net/http does, and not the
// process.
func TestRedisDialThatPanics(t *testing.T) {
	var dials atomic.Int64
	gate := make(chan struct{})
	store := stores.NewRedis(&redis.Pool{Dial: func() (redis.Conn, error) {
		dials.Add(1)
		<-gate
		panic("dial")
	}})
	defer store.Close()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			store.Find("key")
		})
	}
	for dials.Load() < 8 {
		runtime.Gosched()
	}
	close(gate)
	wg.Wait()
}

// lossyConn loses a reply of several, as a wrapper may that connects anew between
// them.
type lossyConn struct{ redis.ConnWithTimeout }

func (c lossyConn) DoWithTimeout(timeout time.Duration, cmd string, args ...any) (any, error) {
	reply, err := c.ConnWithTimeout.DoWithTimeout(timeout, cmd, args...)
	if replies, ok := reply.([]any); ok && cmd == "" {
		if reply = replies[1:]; len(replies) == 1 {
			reply = nil // as redigo says that there is none
		}
	}
	return reply, err
}

// Replies that are not as many as the keys are nobody's.
func TestRedisLosesAReply(t *testing.T) {
	server := redistest.Start(t)
	server.Do("SET", "scs:session:key", "value")
	store := stores.NewRedis(&redis.Pool{MaxIdle: 64, Dial: func() (redis.Conn, error) {
		conn, err := redis.Dial("tcp", server.Addr)
		if err != nil {
			return nil, err
		}
		return lossyConn{conn.(redis.ConnWithTimeout)}, nil
	}})
	defer store.Close()
	var wg sync.WaitGroup
	for range 300 {
		wg.Go(func() {
			if value, found, err := store.Find("key"); string(value) != "value" || !found || err != nil {
				t.Errorf("%q, %t, %v", value, found, err)
			}
		})
	}
	wg.Wait()
}

// Dials that hang are the trouble of those who wait for them.
func TestRedisDialsThatHang(t *testing.T) {
	server := redistest.Start(t)
	var dials atomic.Int64
	hang := make(chan struct{})
	store := stores.NewRedis(&redis.Pool{MaxIdle: 64, Dial: func() (redis.Conn, error) {
		if dials.Add(1) <= 8 {
			<-hang
		}
		return redis.Dial("tcp", server.Addr)
	}})
	defer store.Close()
	var hanging sync.WaitGroup
	for range 8 {
		hanging.Go(func() { store.Find("key") })
	}
	for dials.Load() < 8 {
		runtime.Gosched()
	}
	for range 5 {
		start := time.Now()
		if _, _, err := store.Find("key"); err != nil || time.Since(start) > time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	}
	close(hang)
	hanging.Wait()
}

// Idle connections that lead nowhere any more, because a firewall has forgotten
// them, fail a request each and are gone.
func TestRedisIdleConnectionsThatAreDead(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	var dead atomic.Bool
	var mu sync.Mutex
	var relayed []net.Conn
	store := stores.NewRedis(&redis.Pool{MaxIdle: 64, MaxActive: 64, Wait: true, Dial: func() (redis.Conn, error) {
		ours, theirs := net.Pipe()
		conn, err := net.Dial("tcp", server.Addr)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		relayed = append(relayed, theirs, conn)
		old := !dead.Load()
		go io.Copy(theirs, conn)
		go func() {
			b := make([]byte, 4096)
			for {
				n, err := theirs.Read(b)
				if err != nil {
					return
				}
				if !old || !dead.Load() {
					conn.Write(b[:n])
				}
			}
		}()
		return redis.NewConn(ours, 0, 0), nil
	}})
	defer store.Close()
	defer func() {
		mu.Lock()
		defer mu.Unlock()
		for _, conn := range relayed {
			conn.Close()
		}
	}()
	server.Pause()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() { store.Commit("key", []byte("value"), time.Now().Add(time.Hour)) })
	}
	for {
		mu.Lock()
		n := len(relayed)
		mu.Unlock()
		if n == 2*64 {
			break
		}
		runtime.Gosched()
	}
	server.Resume()
	wg.Wait()
	dead.Store(true)
	var failed, late atomic.Int64
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	start := time.Now()
	for time.Since(start) < 5*time.Second {
		begun := time.Since(start)
		wg.Go(func() {
			if _, _, err := store.Find("key"); err != nil {
				failed.Add(1)
				if begun > 3*time.Second {
					late.Add(1)
				}
			}
		})
		<-tick.C
	}
	wg.Wait()
	t.Logf("%d requests failed, %d of them after 3 s", failed.Load(), late.Load())
	if failed.Load() > 64 || late.Load() > 0 {
		t.Errorf("64 dead connections failed %d requests, %d of them after 3 s", failed.Load(), late.Load())
	}
}
