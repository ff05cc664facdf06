package stores_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
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
	server.Do("CONFIG", "RESETSTAT")
	before := count(server.Info("total_reads_processed"))
	server.Pause() // so that they all wait
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			if value, found, err := store.Find(fmt.Sprint("key", i)); string(value) != fmt.Sprint("value", i) || !found || err != nil {
				t.Errorf("key %d: %q, %t, %v", i, value, found, err)
			}
		})
		if i%10 == 0 {
			wg.Go(func() {
				if value, found, err := store.Find(fmt.Sprint("other", i)); value != nil || found || err != nil {
					t.Errorf("no such key: %q, %t, %v", value, found, err)
				}
			})
			wg.Go(func() {
				if _, found, err := store.Find("list"); found || err == nil || !strings.HasSuffix(err.Error(), "WRONGTYPE") {
					t.Errorf("a list: %t, %v", found, err)
				}
			})
		}
	}
	time.AfterFunc(200*time.Millisecond, server.Resume)
	wg.Wait()
	reads := count(server.Info("total_reads_processed")) - before
	t.Logf("%d keys in %d reads", keys+keys/5, reads)
	if reads > keys/4 {
		t.Errorf("%d keys took %d reads", keys+keys/5, reads)
	}
	if gets := server.Info("cmdstat_get"); !strings.HasPrefix(gets, fmt.Sprintf("calls=%d,", keys+keys/5)) {
		t.Errorf("GET: %s", gets)
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
			return context.WithTimeout(t.Context(), 50*time.Millisecond)
		}, context.DeadlineExceeded},
		{"cancelled", func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			return ctx, cancel
		}, context.Canceled},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := test.ctx()
			defer cancel()
			start := time.Now()
			if _, _, err := store.FindCtx(ctx, "key"); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if d := time.Since(start); d > time.Second {
				t.Errorf("took %v", d)
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
	time.AfterFunc(100*time.Millisecond, server.Resume)
	wg.Wait()
}

// A pool whose Dial panics fails the requests that wait, and not the process.
func TestRedisDialThatPanics(t *testing.T) {
	server := redistest.Start(t)
	var mu sync.Mutex
	var broken bool
	store := stores.NewRedis(&redis.Pool{Dial: func() (redis.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if broken {
			panic("dial")
		}
		return redis.Dial("tcp", server.Addr)
	}})
	defer store.Close()
	server.Pause()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			defer func() { recover() }() // as net/http does
			store.Find("key")
		})
	}
	time.AfterFunc(100*time.Millisecond, func() {
		mu.Lock()
		broken = true
		mu.Unlock()
		server.Resume()
	})
	wg.Wait()
	mu.Lock()
	broken = false
	mu.Unlock()
	if _, _, err := store.Find("key"); err != nil {
		t.Error(err)
	}
}
