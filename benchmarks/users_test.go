package benchmarks_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// BenchmarkUsers reports how many bytes a session and a user record take, in stores.Memory
// and in Redis. A user record contains the session keys and the logins of a user. For
// Redis, BenchmarkUsers also reports figures of a login, such as the CPU time and the
// number of commands.
func BenchmarkUsers(b *testing.B) {
	// A round is 2,000 logins. The users of one round take turns to log in, and the next
	// round has other users.
	const round = 2000
	for _, row := range []struct {
		name   string
		logins int64 // logins of each user; round must be a multiple of it
		seal   [][]byte
	}{
		{"one-login", 1, nil},
		{"one-login-sealed", 1, [][]byte{make([]byte, 32)}},
		{"twenty-logins", 20, nil},
	} {
		newLogin := func(b *testing.B, store scs.Store) (login func(rig.Discard)) {
			sessions := wxauth.NewSessions()
			sessions.Store = store
			auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{rig.App}, Sessions: sessions,
				API: wxapi.Options{Transport: roundTrip(answer)}, SealKeys: row.seal})
			if err != nil {
				b.Fatal(err)
			}
			h := auth.LoginHandler()
			var n atomic.Int64
			return func(w rig.Discard) {
				i, users := n.Add(1)-1, round/row.logins
				code := fmt.Sprintf("%04d%028d", i%round/users, i/round*users+i%users)
				w.Serve(rig.Row{Handler: h, Request: post(code)})
			}
		}
		b.Run("memory/"+row.name, func(b *testing.B) {
			store := stores.NewMemory()
			login := newLogin(b, store)
			for range round {
				login(make(rig.Discard))
			}
			all, err := store.All()
			if err != nil {
				b.Fatal(err)
			}
			var session, record entry
			for key, value := range all {
				if isRecord(key) {
					record = entry{key, value}
				} else {
					session = entry{key, value}
				}
			}
			for b.Loop() {
				b.ReportMetric(session.inMemory(b), "B/session")
				b.ReportMetric(record.inMemory(b), "B/record")
			}
			b.ReportMetric(0, "ns/op")
		})
		b.Run("redis/"+row.name, func(b *testing.B) {
			server := rig.StartRedis(b)
			server.Do("FLUSHALL")
			server.Measure(b, rig.Clients{N: 16, Requests: round}, newLogin(b, server.Open(b)))
			inRedis(b, server)
			b.ReportMetric(0, "ns/op")
		})
	}
}

func isRecord(storeKey string) bool { return strings.HasPrefix(storeKey, ";u") }

type entry struct {
	storeKey string
	value    []byte
}

func (e entry) inMemory(b *testing.B) float64 {
	const n = 50_000
	keys := randomKeys(n, len(e.storeKey))
	empty, _ := collect()
	store := stores.NewMemory()
	commit(b, store, keys, e.value, time.Now().Add(time.Hour))
	full, _ := collect()
	runtime.KeepAlive(store)
	runtime.KeepAlive(keys)
	return float64(full-empty) / n
}

// inRedis reports averages over all sessions and over all user records in Redis. The
// result of the command MEMORY USAGE also includes the key.
func inRedis(b *testing.B, server *rig.Redis) {
	b.Helper()
	keys, err := redis.Strings(server.Do("KEYS", rig.Prefix+"*"))
	if err != nil {
		b.Fatal(err)
	}
	var session, record struct{ n, value, usage int }
	for _, key := range keys {
		length, err := redis.Int(server.Do("STRLEN", key))
		if err != nil {
			b.Fatal(err)
		}
		usage, err := redis.Int(server.Do("MEMORY", "USAGE", key))
		if err != nil {
			b.Fatal(err)
		}
		kind := &session
		if isRecord(strings.TrimPrefix(key, rig.Prefix)) {
			kind = &record
		}
		kind.n++
		kind.value += length
		kind.usage += usage
	}
	mean := func(sum, n int) float64 { return float64(sum) / float64(n) }
	b.ReportMetric(mean(session.value, session.n), "value-B/session")
	b.ReportMetric(mean(session.usage, session.n), "B/session")
	b.ReportMetric(mean(record.value, record.n), "value-B/record")
	b.ReportMetric(mean(record.usage, record.n), "B/record")
}
