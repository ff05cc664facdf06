package stores_test

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
)

func ExampleOpenRedis() {
	store, err := stores.OpenRedis(os.Getenv("REDIS_URL")) // redis://:password@redis.internal:6379
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	if err := store.Ready(context.Background()); err != nil {
		log.Print(err) // the application can start anyway: later operations of the store try to connect again
	}
	sessions := scs.New()
	sessions.Store = store
	sessions.Codec = stores.Codec{}
}

// Two applications share a Redis server. With the same prefix, one application could
// accept the tokens of the other.
func ExampleOpenRedis_prefix() {
	shop, err := stores.OpenRedis("redis://shop:password@redis.internal:6379?prefix=shop:")
	if err != nil {
		log.Fatal(err)
	}
	defer shop.Close()
	club, err := stores.OpenRedis("redis://club:password@redis.internal:6379?prefix=club:&max_conns=16")
	if err != nil {
		log.Fatal(err)
	}
	defer club.Close()
}

func ExampleNewRedis() {
	pool := &redis.Pool{
		Dial: func() (redis.Conn, error) {
			return redis.DialURL("redis://redis.internal",
				redis.DialConnectTimeout(time.Second), redis.DialWriteTimeout(time.Second))
		},
		MaxActive: 64,
		MaxIdle:   64,
		Wait:      true,
	}
	sessions := scs.New()
	sessions.Store = stores.NewRedis(pool)
}

// A load balancer checks at /readyz whether the application is ready. The handler writes
// the error text only to the log.
func ExampleRedis_Ready() {
	store, err := stores.OpenRedis("redis://redis.internal")
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	http.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := store.Ready(r.Context()); err != nil {
			log.Print(err)
			http.Error(w, "not ready", http.StatusServiceUnavailable)
		}
	})
}
