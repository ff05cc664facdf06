package rueidisstore_test

import (
	"context"
	"testing"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/storetest/redistest"
)

func BenchmarkFind(b *testing.B) {
	server := redistest.Start(b)
	url := "redis://" + server.Addr
	server.Do("SET", "scs:session:key", make([]byte, 140))
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr}, DisableCache: true})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	// Like the context of a request, ctx can be canceled and has no deadline.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	rueidisGet := func(ctx context.Context, key string) ([]byte, bool, error) {
		value, err := client.Do(ctx, client.B().Get().Key("scs:session:"+key).Build()).AsBytes()
		return value, true, err
	}
	for _, row := range []struct {
		name        string
		parallelism int
		find        find
	}{
		{"rueidis", 64, rueidisGet},
		{"FindCtx", 64, open(b, url, plain).FindCtx},
		// For a cached value, FindCachedCtx does not wait for Redis, so fewer goroutines
		// can keep the CPU busy.
		{"FindCachedCtx", 4, open(b, url, cached).FindCachedCtx},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(row.parallelism)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, found, err := row.find(ctx, "key"); !found || err != nil {
						b.Error(found, err)
					}
				}
			})
		})
	}
}
