package benchmarks_test

import (
	"fmt"
	"testing"

	"example.com/wxlogin/benchmarks/internal/rig"
)

// BenchmarkRedis measures requests that read a session from Redis.
func BenchmarkRedis(b *testing.B) {
	server := rig.StartRedis(b)
	for _, clients := range []int{1, 16, 128} {
		load := rig.Clients{N: clients, Requests: 2048}
		for _, row := range []struct {
			name string
			row  rig.Row
		}{
			{"get", server.Get(b)},
			{"get-in-time", server.GetInTime(b)},
			{"require", server.Require(b, server.Open(b))},
			{"scs-redisstore", server.SCSRedisstore(b)},
		} {
			b.Run(fmt.Sprintf("%s/clients=%d", row.name, clients), func(b *testing.B) { server.Run(b, load, row.row) })
		}
	}
}

func BenchmarkRedisBursts(b *testing.B) {
	server := rig.StartRedis(b)
	b.Run("require", func(b *testing.B) { server.RunBursts(b, 128, server.Require(b, server.Open(b))) })
	b.Run("scs-redisstore", func(b *testing.B) { server.RunBursts(b, 128, server.SCSRedisstore(b)) })
}

// BenchmarkRedisFar measures requests that arrive at a steady rate. A proxy adds 5 ms or
// 60 ms to each round trip to Redis.
func BenchmarkRedisFar(b *testing.B) {
	server := rig.StartRedis(b)
	for _, far := range rig.FarLoads {
		server := server.Far(b, far.RoundTrip)
		b.Run(fmt.Sprintf("get/%v", far.RoundTrip), func(b *testing.B) { server.Run(b, far.Load, server.Get(b)) })
		b.Run(fmt.Sprintf("require/%v", far.RoundTrip), func(b *testing.B) {
			server.Run(b, far.Load, server.Require(b, server.Open(b)))
		})
	}
}
