package peers_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"

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

// rueidisGet sets up the client as in the README of rueidis.
func rueidisGet(b *testing.B, server *rig.Redis) rig.Row {
	b.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	return server.Read(func(ctx context.Context, key string) ([]byte, error) {
		return client.Do(ctx, client.B().Get().Key(key).Build()).AsBytes()
	})
}

// BenchmarkRedis measures requests that read a session from Redis. In the row
// require-rueidis-cached, nearly all requests read it from the cache of rueidis.
func BenchmarkRedis(b *testing.B) {
	server := rig.StartRedis(b)
	uncached := open(b, server, rueidisstore.Options{})
	for _, clients := range []int{1, 16, 128} {
		for _, row := range []struct {
			name     string
			row      rig.Row
			requests int
		}{
			{"get", server.Get(b), 2048},
			{"scs-redisstore", server.SCSRedisstore(b), 2048},
			{"require", server.Require(b, server.Open(b)), 2048},
			{"get-rueidis", rueidisGet(b, server), 2048},
			{"find-rueidis", server.Find(uncached), 2048},
			{"require-rueidis", server.Require(b, uncached), 2048},
			{"require-rueidis-cached", server.Require(b, open(b, server, rueidisstore.Options{CacheFor: time.Minute})), 1 << 15},
		} {
			load := rig.Clients{N: clients, Requests: row.requests}
			b.Run(fmt.Sprintf("%s/clients=%d", row.name, clients), func(b *testing.B) { server.Run(b, load, row.row) })
		}
	}
}

// BenchmarkRedisFar measures requests that arrive at a steady rate. A proxy adds 5 ms or
// 60 ms to each round trip to Redis.
func BenchmarkRedisFar(b *testing.B) {
	server := rig.StartRedis(b)
	for _, far := range rig.FarLoads {
		server := server.Far(b, far.RoundTrip)
		b.Run(fmt.Sprintf("get/%v", far.RoundTrip), func(b *testing.B) { server.Run(b, far.Load, server.Get(b)) })
		b.Run(fmt.Sprintf("require-rueidis/%v", far.RoundTrip), func(b *testing.B) {
			server.Run(b, far.Load, server.Require(b, open(b, server, rueidisstore.Options{})))
		})
	}
}
