package benchmarks_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	mathrand "math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// BenchmarkMillion is a million sessions in memory, half of which expire at one
// moment. What it reports is of the whole, not per operation of a loop.
func BenchmarkMillion(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		million(b, func() (scs.Store, func()) { return stores.NewMemory(), func() {} })
	})
	b.Run("memstore", func(b *testing.B) {
		million(b, func() (scs.Store, func()) {
			// By default it removes what has expired every minute, which is
			// no other work but longer to wait for.
			m := memstore.NewWithCleanupInterval(memstoreCleanup)
			return m, m.StopCleanup
		})
	})
}

const (
	sessions        = 1_000_000
	staying         = sessions / 2
	logins          = sessions / 20
	memstoreCleanup = 500 * time.Millisecond
)

// million makes a store for each round, with a func that ends it.
func million(b *testing.B, newStore func() (store scs.Store, end func())) {
	key, value := storedLogin(b)
	keys := make([]string, sessions+logins)
	for i := range keys {
		raw := make([]byte, base64.RawURLEncoding.DecodedLen(len(key)))
		rand.Read(raw)
		keys[i] = base64.RawURLEncoding.EncodeToString(raw)
	}
	for b.Loop() {
		empty, _ := collect()
		store, end := newStore()

		commit(b, store, keys[:sessions], value, time.Now().Add(time.Hour))
		full, pause := collect()
		b.ReportMetric(float64(full-empty)/sessions, "B/session")
		b.ReportMetric(float64(pause.Nanoseconds()), "gc-ns")

		const lookups = 200_000
		start := time.Now()
		for range lookups {
			lookUp(b, store, keys[mathrand.IntN(staying)])
		}
		b.ReportMetric(float64(time.Since(start).Nanoseconds())/lookups, "ns/lookup")

		// One half is to expire at a moment when all of it is there.
		var expiry time.Time
		for ahead := time.Second; !time.Now().Before(expiry); ahead *= 2 {
			expiry = time.Now().Add(ahead)
			commit(b, store, keys[staying:sessions], value, expiry)
		}
		time.Sleep(time.Until(expiry))
		// Lookups, and a login now and then, until long after memstore's turn.
		// A login can meet with what the next lookup would have waited for, so
		// its wait counts too.
		var longest time.Duration
		last := time.Now()
		for i := 0; last.Before(expiry.Add(4 * memstoreCleanup)); i++ {
			if i%4 > 0 {
				lookUp(b, store, keys[mathrand.IntN(staying)])
			} else {
				n := sessions + i/4%logins
				commit(b, store, keys[n:n+1], value, expiry.Add(time.Hour))
			}
			now := time.Now()
			longest = max(longest, now.Sub(last))
			last = now
		}
		b.ReportMetric(float64(longest.Nanoseconds()), "longest-wait-ns")

		left, _ := collect()
		removed := float64(full-left) / float64((sessions-staying)*(len(key)+len(value)))
		b.ReportMetric(removed*100, "removed-%")
		if removed < 0.5 {
			b.Fatalf("of %d MB, %d MB are left: most of what expired is still there", (full-empty)>>20, (left-empty)>>20)
		}
		end()
		runtime.KeepAlive(store)
	}
	runtime.KeepAlive(keys)
	b.ReportMetric(0, "ns/op") // it would be that of the whole
}

// storedLogin is what a store has of a login.
func storedLogin(b *testing.B) (key string, value []byte) {
	b.Helper()
	manager := wxauth.NewSessions()
	_, _, token := rig.NewAuth(manager)
	key = rig.StoredKey(token)
	value, found, err := manager.Store.Find(key)
	if err != nil || !found {
		b.Fatalf("no session in the store: %v", err)
	}
	return key, value
}

func commit(b *testing.B, store scs.Store, keys []string, value []byte, expiry time.Time) {
	b.Helper()
	for _, key := range keys {
		// scs gives a store a new token and a new slice.
		if err := store.Commit(strings.Clone(key), bytes.Clone(value), expiry); err != nil {
			b.Fatal(err)
		}
	}
}

func lookUp(b *testing.B, store scs.Store, key string) {
	if _, found, err := store.Find(key); err != nil || !found {
		b.Fatalf("session not found: %v", err)
	}
}

// collect collects garbage, and returns what is left and how long that took.
func collect() (heap int64, took time.Duration) {
	runtime.GC() // and what it finds to finalize
	start := time.Now()
	runtime.GC()
	took = time.Since(start)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), took
}
