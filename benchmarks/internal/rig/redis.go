package rig

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
	"example.com/wxlogin/wxauth"
)

// Redis is a real server, and a user whose session is there.
type Redis struct {
	Addr, URL string

	conn   redis.Conn // to ask the server what it has done
	token  string
	key    string // of the session
	length int    // of its value
}

// StartRedis starts a server that writes nothing to disk, and logs a user in
// through a store that is not used after that, as on another instance.
func StartRedis(tb testing.TB) *Redis {
	tb.Helper()
	addr := redistest.Start(tb, "--appendonly", "no").Addr
	conn, err := redis.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	s := &Redis{Addr: addr, URL: "redis://" + addr, conn: conn}

	sessions := wxauth.NewSessions()
	sessions.Store = s.Open(tb)
	_, _, s.token = NewAuth(sessions)
	s.key = "scs:session:" + StoredKey(s.token)
	s.length, err = redis.Int(conn.Do("STRLEN", s.key))
	if err != nil || s.length == 0 {
		tb.Fatalf("no session in redis: %v", err)
	}
	return s
}

// Open is stores.OpenRedis.
func (s *Redis) Open(tb testing.TB) *stores.Redis {
	tb.Helper()
	store, err := stores.OpenRedis(s.URL)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close() })
	return store
}

// Require is wxauth's middleware on a store.
func (s *Redis) Require(tb testing.TB, store scs.Store) Row {
	tb.Helper()
	sessions := wxauth.NewSessions()
	sessions.Store = store
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{App}, Sessions: sessions})
	if err != nil {
		tb.Fatal(err)
	}
	return Row{auth.Require(Me(wxauth.OpenID)), Request(s.token)}
}

// RawGet is a handler that reads the session, and does no more with it than to
// see that it is there. The pool has as many connections as that of
// stores.OpenRedis, but no timeouts.
func (s *Redis) RawGet(tb testing.TB) Row {
	return s.get(tb, func(pool *redis.Pool, r *http.Request) (any, error) {
		conn := pool.Get()
		defer conn.Close()
		return conn.Do("GET", s.key)
	})
}

// GetInTime is RawGet with a deadline for the connection and the reply, which
// is the least that a store does whose every operation ends in time.
func (s *Redis) GetInTime(tb testing.TB) Row {
	return s.get(tb, func(pool *redis.Pool, r *http.Request) (any, error) {
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		conn, err := pool.GetContext(ctx)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		return redis.DoWithTimeout(conn, 3*time.Second, "GET", s.key)
	})
}

func (s *Redis) get(tb testing.TB, do func(*redis.Pool, *http.Request) (any, error)) Row {
	pool := &redis.Pool{
		Dial:      func() (redis.Conn, error) { return redis.Dial("tcp", s.Addr) },
		MaxActive: 64, MaxIdle: 64, Wait: true,
	}
	tb.Cleanup(func() { pool.Close() })
	return Row{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, err := redis.Bytes(do(pool, r))
		if err != nil || len(value) != s.length {
			panic(fmt.Sprintf("GET: %d bytes, %v", len(value), err))
		}
		Anybody.ServeHTTP(w, r)
	}), Request("")}
}

// Run measures the row as Load.Run does, and reports per request the CPU time
// of Redis, the connections made to it, the commands, and the round trips: how
// often Redis read from a connection, which is less often where commands share
// a trip.
func (s *Redis) Run(b *testing.B, load Load, row Row) {
	b.Helper()
	Check(b, row)
	var before usage
	n := float64(load.Run(b, func() { before = s.usage(b) }, func(w Discard) { w.Serve(row) }))
	after := s.usage(b)
	b.ReportMetric((after.cpu-before.cpu)*1e9/n, "redis-ns/req")
	b.ReportMetric((after.connections-before.connections)/n, "dials/req")
	// One command, read once, is the question itself.
	b.ReportMetric((after.commands-before.commands-1)/n, "commands/req")
	b.ReportMetric((after.reads-before.reads-1)/n, "trips/req")
}

// usage is what a Redis server has done so far.
type usage struct{ cpu, connections, commands, reads float64 }

func (s *Redis) usage(tb testing.TB) usage {
	tb.Helper()
	info, err := redis.String(s.conn.Do("INFO"))
	if err != nil {
		tb.Fatal(err)
	}
	field := func(name string) float64 {
		_, rest, _ := strings.Cut(info, "\n"+name+":")
		text, _, _ := strings.Cut(rest, "\r")
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			tb.Fatalf("redis INFO has no %s: %v", name, err)
		}
		return v
	}
	return usage{
		cpu:         field("used_cpu_user") + field("used_cpu_sys"),
		connections: field("total_connections_received"),
		commands:    field("total_commands_processed"),
		reads:       field("total_reads_processed"),
	}
}

// RunBursts measures bursts of requests that all arrive at once, each burst
// after the one before is answered, from the first connection on.
func (s *Redis) RunBursts(b *testing.B, size int, row Row) {
	b.Helper()
	const bursts = 25
	before := s.usage(b)
	for b.Loop() {
		for range bursts {
			Load{Clients: size, Requests: size}.round(make([][]time.Duration, size), func(w Discard) { w.Serve(row) })
		}
	}
	n := float64(b.N * bursts * size)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/op")
	b.ReportMetric((s.usage(b).connections-before.connections)/n, "dials/req")
}
