package stores_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
)

func TestRedisKeepsConnectionsOfCancelledRequests(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	pool := &redis.Pool{MaxIdle: 1, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) }}
	store := stores.NewRedis(pool)
	defer store.Close()
	if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	before := count(server.Info("total_connections_received"))
	for range 20 {
		server.Pause()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() {
			_, found, err := store.FindCtx(ctx, "key")
			if err == nil && !found {
				err = errors.New("not found")
			}
			done <- err
		}()
		for pool.IdleCount() > 0 { // wait until FindCtx uses the connection
			runtime.Gosched()
		}
		cancel()
		server.Resume()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, _, err := store.Find("key"); err != nil { // after Find, the pool has an idle connection
			t.Fatal(err)
		}
	}
	if dials := count(server.Info("total_connections_received")) - before - 1; dials > 0 { // the 1 is the connection of the second call of Info
		t.Errorf("%d more connections", dials)
	}
}

// Find and Commit must work after Redis has closed the idle connections. A swap must fail,
// because the store must not send a swap twice.
func TestRedisReplacesIdleConnectionsThatWereClosed(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	fill := func() {
		for count(server.Info("connected_clients")) < 10 {
			server.Pause()
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() { store.Find("key") })
			}
			time.AfterFunc(20*time.Millisecond, server.Resume)
			wg.Wait()
		}
	}
	fill()
	server.Stop()
	server.Restart()
	if _, found, err := store.Find("key"); !found || err != nil {
		t.Error(found, err)
	}
	fill()
	server.CutConnections()
	if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	fill()
	server.CutConnections()
	if _, err := store.CompareAndSwapCtx(t.Context(), "key", []byte("value"), []byte("new"), time.Now().Add(time.Hour)); err == nil {
		t.Error("a swap that was lost was sent again")
	}
}

// Some operations wait for a free connection, and the others for the reply to AUTH. All
// must end at the limit of 3 seconds for a command.
func TestRedisEndsWithoutADeadline(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openRedis(t, "redis://:password@"+server.Addr)
	server.Do("CONFIG", "SET", "requirepass", "password")
	server.Pause()
	const many = 100 // more than the 64 connections of the store
	errs := make(chan error)
	start := time.Now()
	for range many {
		go func() {
			_, _, err := store.Find("key")
			errs <- err
		}()
	}
	texts := make(map[string]int)
	for range many {
		err := <-errs
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		texts[fmt.Sprint(err)]++
	}
	if d := time.Since(start); d < time.Second || d > 4*time.Second {
		t.Errorf("took %v", d)
	}
	if want := "finding a session in redis: connecting to redis at " + server.Addr + ": timed out"; texts[want] == 0 {
		t.Errorf("none is %q: %v", want, texts)
	}
}

func TestRedisErrorsTellTheCause(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Do("RPUSH", "scs:session:list", "x")
	hung := redistest.Start(t)
	hung.Pause()
	defer hung.Resume()
	shut := openRedis(t, "redis://"+server.Addr)
	shut.Close()
	inUse := func(wait bool) *stores.Redis {
		pool := &redis.Pool{MaxActive: 1, Wait: wait, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) }}
		conn := pool.Get()
		t.Cleanup(func() { conn.Close(); pool.Close() })
		return stores.NewRedis(pool)
	}
	none := func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} }
	short := func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, 300*time.Millisecond)
	}
	gone := func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, cancel
	}
	secret := stores.NewRedis(&redis.Pool{Dial: func() (redis.Conn, error) { return nil, errors.New("hunter2") }})
	for _, test := range []struct {
		store     *stores.Redis
		limit     func(context.Context) (context.Context, context.CancelFunc)
		key, want string
		is        error
	}{
		{openRedis(t, "redis://"+server.Addr), none, "list", "redis replied WRONGTYPE", nil},
		{openRedis(t, "redis://127.0.0.1:1"), none, "key", "connecting to redis at 127.0.0.1:1: dialing 127.0.0.1:1: connection refused", syscall.ECONNREFUSED},
		{openRedis(t, "redis://"+hung.Addr), short, "key", "timed out", context.DeadlineExceeded},
		{openRedis(t, "redis://"+hung.Addr), gone, "key", "context canceled", context.Canceled},
		{shut, none, "key", "the store is closed", nil},
		{inUse(false), none, "key", "the pool has no free connection", nil},
		{inUse(true), short, "key", "waiting for a connection: timed out", context.DeadlineExceeded},
		{secret, none, "key", "*errors.errorString", nil},
	} {
		ctx, cancel := test.limit(t.Context())
		_, found, err := test.store.FindCtx(ctx, test.key)
		cancel()
		var safe stores.SafeError
		if want := "finding a session in redis: " + test.want; !errors.As(err, &safe) || safe.SafeError() != want || found {
			t.Errorf("got %v, %t; want %s", err, found, want)
		}
		if test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%v is not %v", err, test.is)
		}
	}
}

// An error must not contain the password, a key or a value. A real Redis server can quote
// the arguments of an unknown command, even the password if its AUTH command was renamed.
func TestRedisErrorsRepeatNothing(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var greeted atomic.Bool
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				b := make([]byte, 4096)
				for {
					n, err := conn.Read(b)
					if err != nil {
						return
					}
					if greeted.Load() && strings.Contains(string(b[:n]), "AUTH") {
						fmt.Fprint(conn, "+OK\r\n")
						continue
					}
					fmt.Fprintf(conn, "-hunter2 unknown command, with args beginning with: %s\r\n", strings.ReplaceAll(string(b[:n]), "\r\n", " "))
				}
			}()
		}
	}()
	store := openRedis(t, "redis://app:hunter2@"+l.Addr().String())
	ctx := context.Background()
	for range 2 {
		_, _, find := store.Find("hunter2")
		commit := store.Commit("hunter2", []byte("hunter2"), time.Now().Add(time.Hour))
		_, swap := store.CompareAndSwapCtx(ctx, "hunter2", []byte("hunter2"), nil, time.Time{})
		_, all := store.All()
		for _, err := range []error{find, commit, swap, all, store.Delete("hunter2"), store.Ping(ctx), store.Ready(ctx)} {
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %v", err)
			}
		}
		greeted.Store(true)
	}
}
