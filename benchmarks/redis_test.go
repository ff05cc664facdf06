package benchmarks_test

import (
	"fmt"
	"testing"

	"github.com/alexedwards/scs/redisstore"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/benchmarks/internal/rig"
)

// redisstoreDefault is scs with redisstore, both as their READMEs set them up.
func redisstoreDefault(tb testing.TB, server *rig.Redis) rig.Row {
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) },
	}
	tb.Cleanup(func() { pool.Close() })
	return rig.SCSDefault(redisstore.New(pool))
}

// BenchmarkRedis is a request of a user whose session is in Redis.
func BenchmarkRedis(b *testing.B) {
	server := rig.StartRedis(b)
	for _, clients := range []int{1, 16, 128} {
		load := rig.Load{Clients: clients, Requests: 2048}
		for _, row := range []struct {
			name string
			row  rig.Row
		}{
			{"get", server.RawGet(b)},
			{"get-in-time", server.GetInTime(b)},
			{"require", server.Require(b, server.Open(b))},
			{"scs-redisstore", redisstoreDefault(b, server)},
		} {
			b.Run(fmt.Sprintf("%s/clients=%d", row.name, clients), func(b *testing.B) { server.Run(b, load, row.row) })
		}
	}
}

// BenchmarkRedisBursts is 128 requests that arrive at once, again and again.
func BenchmarkRedisBursts(b *testing.B) {
	server := rig.StartRedis(b)
	b.Run("require", func(b *testing.B) { server.RunBursts(b, 128, server.Require(b, server.Open(b))) })
	b.Run("scs-redisstore", func(b *testing.B) { server.RunBursts(b, 128, redisstoreDefault(b, server)) })
}
