package storetest_test

import (
	"testing"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest"
	"example.com/wxlogin/stores/storetest/redistest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) scs.Store { return stores.NewMemory() })
}

func TestRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	storetest.Run(t, func(t *testing.T) scs.Store { return openRedis(t, server, "redis://"+server.Addr) })
}

func openRedis(t *testing.T, server *redistest.Server, url string) *stores.Redis {
	t.Helper()
	server.Do("FLUSHALL")
	store, err := stores.OpenRedis(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// The suite asks for no more than what stores of others give.

func TestMemstore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) scs.Store {
		return memstore.NewWithCleanupInterval(0) // no goroutine to stop
	})
}

func TestRedisstore(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	storetest.Run(t, func(t *testing.T) scs.Store {
		server.Do("FLUSHALL")
		pool := &redis.Pool{
			MaxIdle: 20,
			Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) },
		}
		t.Cleanup(func() { pool.Close() })
		return redisstore.New(pool)
	})
}
