package wxauth_test

import (
	"fmt"
	"log"

	"github.com/alexedwards/scs/redisstore"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/wxauth"
)

var pool = &redis.Pool{MaxIdle: 64, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", "127.0.0.1:6379") }}

// Any scs.Store works, for example redisstore. But redisstore supports neither contexts
// nor compare-and-swap. The guide wxauth/docs/redis.md describes the consequences.
func Example_redisstore() {
	sessions := wxauth.NewSessions()
	sessions.Store = redisstore.New(pool)
	_, err := wxauth.New(wxauth.Config{
		Apps:     []wxauth.App{{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}},
		Sessions: sessions,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	// Output: ready
}
