package stores_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
)

// readBoth is what the package comment tells a fleet to use on its way from
// GobCodec to Codec.
type readBoth struct{ stores.Codec }

func (readBoth) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return scs.GobCodec{}.Encode(deadline, values)
}

// An application changes from redisstore to Redis and back, instance by
// instance, and nobody is logged out.
func TestRedisAndRedisstoreReadEachOther(t *testing.T) {
	server := redistest.Start(t)
	pool := &redis.Pool{MaxIdle: 4, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) }}
	defer pool.Close()
	theirs, ours := redisstore.New(pool), openRedis(t, "redis://"+server.Addr)
	gob := scs.GobCodec{}
	tests := []struct {
		name                   string
		writer, reader         scs.Store
		writerCodec, readCodec scs.Codec
	}{
		{"to ours, gob kept", theirs, ours, gob, gob},
		{"back, gob kept", ours, theirs, gob, gob},
		{"to ours, first step to Codec", theirs, ours, gob, readBoth{}},
		{"back from the first step", ours, theirs, readBoth{}, gob},
		{"second step to Codec", ours, ours, readBoth{}, stores.Codec{}},
		{"back from the second step", ours, ours, stores.Codec{}, readBoth{}},
		{"to ours and Codec at once", theirs, ours, gob, stores.Codec{}},
		{"back with Codec kept", ours, theirs, stores.Codec{}, stores.Codec{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			manager := func(store scs.Store, codec scs.Codec) *scs.SessionManager {
				m := scs.New()
				m.Store, m.Codec = store, codec
				return m
			}
			writer, reader := manager(test.writer, test.writerCodec), manager(test.reader, test.readCodec)
			ctx, _ := writer.Load(context.Background(), "")
			writer.Put(ctx, "name", "Li Hua")
			writer.Put(ctx, "visits", 3)
			token, expiry, err := writer.Commit(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got, err := reader.Load(context.Background(), token)
			if err != nil {
				t.Fatal(err)
			}
			if reader.GetString(got, "name") != "Li Hua" || reader.GetInt(got, "visits") != 3 || reader.Token(got) != token {
				t.Errorf("session %q: %v", reader.Token(got), reader.Keys(got))
			}
			ttl, _ := redis.Int64(server.Do("PEXPIRETIME", "scs:session:"+token), nil)
			if ttl < expiry.UnixMilli()-1 || ttl > expiry.UnixMilli()+1000 {
				t.Errorf("expires at %d, want %d", ttl, expiry.UnixMilli())
			}
			if err := reader.Destroy(got); err != nil {
				t.Fatal(err)
			}
			if _, found, _ := test.writer.Find(token); found {
				t.Error("the logout did not reach the other")
			}
		})
	}
}

// Every operation is one command, sent once.
func TestRedisSendsOneCommand(t *testing.T) {
	server := redistest.Start(t)
	store, ctx, expiry := openRedis(t, "redis://"+server.Addr), context.Background(), time.Now().Add(time.Hour)
	store.CompareAndSwapCtx(ctx, "script", nil, []byte("loads the script"), expiry)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	tests := []struct {
		name string
		want map[string]string
		run  func()
	}{
		{"find", map[string]string{"get": "1"}, func() { _, _, err := store.FindCtx(ctx, "a"); must(err) }},
		{"commit", map[string]string{"set": "1"}, func() { must(store.CommitCtx(ctx, "a", []byte("b"), expiry)) }},
		{"update", map[string]string{"set": "1"}, func() { must(store.CommitCtx(stores.UpdateOnly(ctx, "a"), "a", []byte("b"), expiry)) }},
		{"delete", map[string]string{"del": "1"}, func() { must(store.DeleteCtx(ctx, "a")) }},
		{"swap", map[string]string{"evalsha": "1", "get": "1", "set": "1"}, func() { // the latter by the script
			_, err := store.CompareAndSwapCtx(ctx, "a", nil, []byte("b"), expiry)
			must(err)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server.Do("CONFIG", "RESETSTAT")
			test.run()
			got := make(map[string]string)
			stats, _ := redis.String(server.Do("INFO", "commandstats"), nil)
			for line := range strings.Lines(stats) {
				cmd, rest, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
				if calls, _, _ := strings.Cut(rest, ","); ok && !strings.Contains(cmd, "|") && cmd != "info" {
					got[cmd] = calls
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedisLoadsTheScriptAgain(t *testing.T) {
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	for i := range 3 {
		if swapped, err := store.CompareAndSwapCtx(context.Background(), fmt.Sprint(i), nil, []byte("new"), time.Now().Add(time.Hour)); !swapped || err != nil {
			t.Error(swapped, err)
		}
		server.Do("SCRIPT", "FLUSH")
	}
}

// Clients that hang up do not cost connections.
func TestRedisKeepsConnectionsOfCancelledRequests(t *testing.T) {
	server := redistest.Start(t)
	pool := &redis.Pool{MaxIdle: 1, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) }}
	store := stores.NewRedis(pool)
	defer store.Close()
	if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	before := server.Info("total_connections_received")
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
		for pool.IdleCount() > 0 { // until it is in use
			runtime.Gosched()
		}
		cancel()
		server.Resume()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, _, err := store.Find("key"); err != nil { // there is an idle connection again
			t.Fatal(err)
		}
	}
	// Info itself connects anew each time.
	if got, want := server.Info("total_connections_received"), before; count(got)-count(want) != 1 {
		t.Errorf("%s connections, before %s", got, want)
	}
}

// What is not Redis, or has AUTH renamed, repeats the command that it does not
// know, arguments and all.
func TestRedisErrorsRepeatNothing(t *testing.T) {
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
					fmt.Fprintf(conn, "-ERR unknown command, with args beginning with: %s\r\n", strings.ReplaceAll(string(b[:n]), "\r\n", " "))
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
		for _, err := range []error{find, commit, swap, all, store.Delete("hunter2")} {
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %v", err)
			}
		}
		greeted.Store(true)
	}
}
