package peers_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/stores/rueidisstore"
)

func open(b *testing.B, server *rig.Redis, options rueidisstore.Options) *rueidisstore.Store {
	b.Helper()
	store, err := rueidisstore.Open(server.URL, options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	return store
}

// BenchmarkRedis is a request of a user whose session is in Redis, where it was
// put by another instance.
func BenchmarkRedis(b *testing.B) {
	server := rig.StartRedis(b)
	for _, clients := range []int{1, 16, 128} {
		for _, row := range []struct {
			name     string
			row      rig.Row
			requests int
		}{
			{"get", server.RawGet(b), 2048},
			{"require", server.Require(b, server.Open(b)), 2048},
			{"require-rueidis", server.Require(b, open(b, server, rueidisstore.Options{})), 2048},
			{"require-rueidis-cached", server.Require(b, open(b, server, rueidisstore.Options{CacheFor: time.Minute})), 1 << 15},
		} {
			load := rig.Load{Clients: clients, Requests: row.requests}
			b.Run(fmt.Sprintf("%s/clients=%d", row.name, clients), func(b *testing.B) { server.Run(b, load, row.row) })
		}
	}
}
