package wxauth_test

import (
	"log"
	"os"

	"github.com/alexedwards/scs/redisstore"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// Logins in Redis, which several processes share.
func Example_redis() {
	store, err := stores.OpenRedis(os.Getenv("REDIS_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	sessions := wxauth.NewSessions()
	sessions.Store = store
	if _, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}, Sessions: sessions}); err != nil {
		log.Fatal(err)
	}
}

// Any scs store will do, such as plain redisstore. What it can't, contexts and
// compare-and-swap, is then left out; package stores says what that costs.
func Example_redisstore() {
	pool := &redis.Pool{MaxIdle: 64, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", "127.0.0.1:6379") }}
	sessions := wxauth.NewSessions()
	sessions.Store = redisstore.New(pool)
	if _, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}, Sessions: sessions}); err != nil {
		log.Fatal(err)
	}
}
