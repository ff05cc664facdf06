package stores_test

import (
	"log"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
)

func ExampleOpenRedis() {
	store, err := stores.OpenRedis("redis://:password@redis.internal:6379/0")
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	sessions := scs.New()
	sessions.Store = store
	sessions.Codec = stores.Codec{}
}

// An application that has a pool already shares it.
func ExampleNewRedis() {
	pool := &redis.Pool{
		Dial: func() (redis.Conn, error) {
			return redis.DialURL("redis://redis.internal", redis.DialConnectTimeout(time.Second))
		},
		MaxActive: 64,
		MaxIdle:   64,
		Wait:      true,
	}
	sessions := scs.New()
	sessions.Store = stores.NewRedis(pool)
}
