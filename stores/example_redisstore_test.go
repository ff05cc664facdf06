package stores_test

import (
	"time"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
)

// ReadBoth reads sessions that Codec wrote, and sessions of up to 1 MiB that GobCodec
// wrote. It writes sessions as GobCodec does.
type ReadBoth struct{ stores.Codec }

func (ReadBoth) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return scs.GobCodec{}.Encode(deadline, values)
}

// An application changes from redisstore and GobCodec to stores.Redis and stores.Codec. No
// session of up to 1 MiB is lost. Deploy the first step to every instance before you deploy
// the second step.
func Example_movingFromRedisstore() {
	pool := &redis.Pool{
		Dial: func() (redis.Conn, error) { return redis.DialURL("redis://redis.internal") },
	}
	sessions := scs.New()

	// Before.
	sessions.Store = redisstore.NewWithPrefix(pool, "shop:")
	sessions.Codec = scs.GobCodec{}

	// First step.
	sessions.Store = stores.NewRedisWithPrefix(pool, "shop:")
	sessions.Codec = ReadBoth{}

	// Second step.
	sessions.Codec = stores.Codec{}
}
