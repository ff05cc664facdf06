package rig

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
	"example.com/wxlogin/wxauth"
)

// Prefix is the default key prefix of stores.Redis and of scs's redisstore.
const Prefix = "scs:session:"

// Redis is a real Redis server that contains the session of a logged-in user.
type Redis struct {
	Addr, URL string

	conn     redis.Conn
	token    string
	storeKey string
	length   int // of the session's value in Redis, in bytes
}

// StartRedis starts a Redis server that writes nothing to disk. Then StartRedis logs a
// user in. This login uses a store of its own, as if another instance of an application
// had handled it.
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
	s.storeKey = StoreKey(s.token)
	value, err := redis.Bytes(s.Do("GET", Prefix+s.storeKey))
	if err != nil {
		tb.Fatalf("no session in Redis: %v", err)
	}
	s.length = len(value)
	return s
}

// Far returns the same server behind a proxy. The proxy adds the given time to each round
// trip.
func (s *Redis) Far(tb testing.TB, roundTrip time.Duration) *Redis {
	tb.Helper()
	far := *s
	far.Addr = startProxy(tb, s.Addr, roundTrip)
	far.URL = "redis://" + far.Addr
	return &far
}

// FarLoads lists round-trip times for [Redis.Far], each with a load. Usually
// at most about 25 requests are in progress at the same time. So a pool of 64 connections
// is enough, unless Redis stalls.
var FarLoads = []struct {
	RoundTrip time.Duration
	Load      Arrivals
}{
	{5 * time.Millisecond, Arrivals{PerSecond: 5000, Requests: 5000}},
	{60 * time.Millisecond, Arrivals{PerSecond: 200, Requests: 300}},
}

// Do sends a command to the server, never through the proxy of [Redis.Far].
func (s *Redis) Do(command string, args ...any) (any, error) { return s.conn.Do(command, args...) }

// Open opens a stores.Redis for the server.
func (s *Redis) Open(tb testing.TB) *stores.Redis {
	tb.Helper()
	store, err := stores.OpenRedis(s.URL)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close() })
	return store
}

// Require returns a row for Auth.Require with the given store.
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

// Get returns a row that reads the session's value with redigo and checks only the length
// of the value. The row's pool has at most 64 connections, like the pool of stores.OpenRedis.
// Neither a command nor the wait for a free connection has a time limit.
func (s *Redis) Get(tb testing.TB) Row {
	pool := s.pool(tb)
	return s.Read(func(ctx context.Context, key string) ([]byte, error) {
		conn := pool.Get()
		defer conn.Close()
		return redis.Bytes(conn.Do("GET", key))
	})
}

// GetInTime returns a row like the row of Get, but with a time limit. The wait for a free
// connection and the command together can take at most 3 seconds, as with stores.Redis.
func (s *Redis) GetInTime(tb testing.TB) Row {
	pool := s.pool(tb)
	return s.Read(func(ctx context.Context, key string) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		conn, err := pool.GetContext(ctx)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		return redis.Bytes(redis.DoContext(conn, ctx, "GET", key))
	})
}

func (s *Redis) pool(tb testing.TB) *redis.Pool {
	pool := &redis.Pool{
		Dial:      func() (redis.Conn, error) { return redis.Dial("tcp", s.Addr) },
		MaxActive: 64, MaxIdle: 64, Wait: true,
	}
	tb.Cleanup(func() { pool.Close() })
	return pool
}

// Find returns a row that reads the session's value from a store and checks only the length
// of the value.
func (s *Redis) Find(store scs.CtxStore) Row {
	return s.Read(func(ctx context.Context, key string) ([]byte, error) {
		value, _, err := store.FindCtx(ctx, strings.TrimPrefix(key, Prefix))
		return value, err
	})
}

// Read returns a row that calls the function get to read the session's value from Redis.
// The row's handler panics if the length of the value is wrong.
func (s *Redis) Read(get func(ctx context.Context, key string) ([]byte, error)) Row {
	key := Prefix + s.storeKey
	return Row{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, err := get(r.Context(), key)
		if err != nil || len(value) != s.length {
			panic(fmt.Sprintf("GET: %d bytes, %v", len(value), err))
		}
		Anybody.ServeHTTP(w, r)
	}), Request("")}
}

// SCSRedisstore returns a row for scs with redisstore, as their READMEs set them up.
func (s *Redis) SCSRedisstore(tb testing.TB) Row {
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", s.Addr) },
	}
	tb.Cleanup(func() { pool.Close() })
	return SCSDefault(redisstore.New(pool))
}

// Run checks a row with [Check], and then measures the row with [Redis.Measure].
func (s *Redis) Run(b *testing.B, load Load, row Row) {
	b.Helper()
	Check(b, row)
	s.Measure(b, load, func(w Discard) { w.Serve(row) })
}

// Measure calls the function Measure of this package. It also reports the work of Redis
// per request: CPU time, accepted connections, commands, GETs and round trips. The number
// of round trips is the number of times that Redis read from a connection.
func (s *Redis) Measure(b *testing.B, load Load, do func(w Discard)) {
	b.Helper()
	var before usage
	n := float64(Measure(b, load, func() { before = s.usage(b) }, do))
	after := s.usage(b)
	b.ReportMetric((after.cpu-before.cpu)*1e9/n, "redis-ns/req")
	b.ReportMetric((after.connections-before.connections)/n, "dials/req")
	// The command INFO in s.usage adds one command and one read.
	b.ReportMetric((after.commands-before.commands-1)/n, "commands/req")
	b.ReportMetric((after.reads-before.reads-1)/n, "trips/req")
	b.ReportMetric((after.gets-before.gets)/n, "gets/req")
}

// usage is the work of a Redis server since it was started. The field cpu is in seconds.
type usage struct{ cpu, connections, commands, reads, gets float64 }

func (s *Redis) usage(tb testing.TB) usage {
	tb.Helper()
	info, err := redis.String(s.Do("INFO", "all"))
	if err != nil {
		tb.Fatal(err)
	}
	field := func(start string) float64 {
		_, rest, _ := strings.Cut(info, "\n"+start)
		text := rest[:max(0, strings.IndexAny(rest, ",\r"))]
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			tb.Fatalf("INFO has no %q: %v", start, err)
		}
		return v
	}
	return usage{
		cpu:         field("used_cpu_user:") + field("used_cpu_sys:"),
		connections: field("total_connections_received:"),
		commands:    field("total_commands_processed:"),
		reads:       field("total_reads_processed:"),
		gets:        field("cmdstat_get:calls="),
	}
}

// RunBursts measures bursts of concurrent requests, one burst after the other. It also
// measures the first burst, to include the cost of opening connections.
func (s *Redis) RunBursts(b *testing.B, size int, row Row) {
	b.Helper()
	const bursts = 25
	before := s.usage(b)
	for b.Loop() {
		for range bursts {
			Clients{size, size}.round(func(w Discard) { w.Serve(row) })
		}
	}
	n := float64(b.N * bursts * size)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/op")
	b.ReportMetric((s.usage(b).connections-before.connections)/n, "dials/req")
}
