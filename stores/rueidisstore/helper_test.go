package rueidisstore_test

import (
	"context"
	"flag"
	"net"
	"sync"
	"testing"
	"time"

	"example.com/wxlogin/stores/rueidisstore"
)

var rounds = flag.Int("rounds", 1000, "the number of rounds of tests with two instances")

var (
	plain  = rueidisstore.Options{}
	cached = rueidisstore.Options{CacheFor: time.Minute}
)

func open(t testing.TB, url string, options rueidisstore.Options) *rueidisstore.Store {
	t.Helper()
	store, err := rueidisstore.Open(url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

type cachedReads struct{ *rueidisstore.Store }

func (s cachedReads) Find(key string) ([]byte, bool, error) {
	return s.FindCachedCtx(context.Background(), key)
}

func (s cachedReads) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	return s.FindCachedCtx(ctx, key)
}

// relay forwards connections to a server. A stalled connection stays open, but relay
// drops the data that arrives on it.
type relay struct {
	addr string

	mu      sync.Mutex
	stalled map[net.Conn]bool
}

func startRelay(t *testing.T, server string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := &relay{addr: l.Addr().String(), stalled: make(map[net.Conn]bool)}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			r.mu.Lock()
			r.stalled[client] = false
			r.mu.Unlock()
			go r.forward(client, upstream, client)
			go r.forward(client, client, upstream)
		}
	}()
	return r
}

func (r *relay) forward(client, to, from net.Conn) {
	defer func() {
		to.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.stalled, client)
	}()
	b := make([]byte, 1<<16)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		r.mu.Lock()
		stalled := r.stalled[client]
		r.mu.Unlock()
		if !stalled {
			to.Write(b[:n])
		}
	}
}

func (r *relay) stallOne() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for client := range r.stalled {
		r.stalled[client] = true
		return
	}
}

func hour() time.Time { return time.Now().Add(time.Hour) }

// await calls f repeatedly until (f() == nil) == works. After 20 seconds, the test fails.
func await(t *testing.T, f func() error, works bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); (f() == nil) != works; <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited 20 s for f to work: %t; last error %v", works, f())
		}
	}
}
