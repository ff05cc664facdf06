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

// BenchmarkMillion measures a million sessions in stores.Memory, and in the memstore of
// scs. Half of the sessions expire at the same moment.
func BenchmarkMillion(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		million(b, func() (scs.Store, func()) { return stores.NewMemory(), func() {} })
	})
	b.Run("memstore", func(b *testing.B) {
		million(b, func() (scs.Store, func()) {
			// By default, memstore removes expired sessions once a minute. A shorter
			// interval shortens the benchmark and does not change the work of one
			// cleanup.
			m := memstore.NewWithCleanupInterval(memstoreCleanup)
			return m, m.StopCleanup
		})
	})
}

const (
	sessions = 1_000_000
	staying  = sessions / 2
	logins   = sessions / 20

	memstoreCleanup = 500 * time.Millisecond
)

func million(b *testing.B, newStore func() (store scs.Store, end func())) {
	storeKey, value := storedSession(b)
	keys := randomKeys(sessions+logins, len(storeKey))
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

		// The loop gives half of the sessions an early expiry. If the expiry passes before
		// all of them are stored, the loop tries a later expiry.
		var expiry time.Time
		for ahead := time.Second; !time.Now().Before(expiry); ahead *= 2 {
			expiry = time.Now().Add(ahead)
			commit(b, store, keys[staying:sessions], value, expiry)
		}
		time.Sleep(time.Until(expiry))
		longest := untilRemoved(b, store, keys, value, full-int64(sessions-staying)*int64(len(storeKey)+len(value))*3/4)
		b.ReportMetric(float64(longest.Nanoseconds()), "longest-wait-ns")
		end()
		runtime.KeepAlive(store)
	}
	runtime.KeepAlive(keys)
	b.ReportMetric(0, "ns/op") // removes ns/op, the time of a whole iteration
}

// untilRemoved reads and writes sessions until the heap contains at most the given number
// of bytes. It returns the duration of the longest operation.
//
// untilRemoved measures the heap only when the store should have removed most expired
// sessions. stores.Memory removes a few of them in some of its operations. memstore
// removes all of them in its next cleanup.
func untilRemoved(b *testing.B, store scs.Store, keys []string, value []byte, heap int64) (longest time.Duration) {
	b.Helper()
	const operations = 1 << 20
	patience := time.Now().Add(5 * time.Minute)
	for {
		start := time.Now()
		last := start
		for i := 0; i < operations || last.Sub(start) < 2*memstoreCleanup; i++ {
			if i%4 > 0 {
				lookUp(b, store, keys[mathrand.IntN(staying)])
			} else {
				n := sessions + i/4%logins
				commit(b, store, keys[n:n+1], value, start.Add(time.Hour))
			}
			now := time.Now()
			longest = max(longest, now.Sub(last))
			last = now
		}
		left, _ := collect()
		if left <= heap {
			return longest
		}
		if time.Now().After(patience) {
			b.Fatalf("the heap has %d MB and should have %d MB: most expired sessions are still there", left>>20, heap>>20)
		}
	}
}

func storedSession(b *testing.B) (storeKey string, value []byte) {
	b.Helper()
	manager := wxauth.NewSessions()
	_, _, token := rig.NewAuth(manager)
	storeKey = rig.StoreKey(token)
	value, found, err := manager.Store.Find(storeKey)
	if err != nil || !found {
		b.Fatalf("no session in the store: %v", err)
	}
	return storeKey, value
}

func randomKeys(n, length int) []string {
	keys := make([]string, n)
	for i := range keys {
		raw := make([]byte, base64.RawURLEncoding.DecodedLen(length))
		rand.Read(raw)
		keys[i] = base64.RawURLEncoding.EncodeToString(raw)
	}
	return keys
}

func commit(b *testing.B, store scs.Store, keys []string, value []byte, expiry time.Time) {
	b.Helper()
	for _, key := range keys {
		// A new session has a newly allocated key and value, so commit allocates both too.
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

func collect() (heap int64, took time.Duration) {
	runtime.GC() // objects with finalizers are freed only by a later collection
	start := time.Now()
	runtime.GC()
	took = time.Since(start)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), took
}
