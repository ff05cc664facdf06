package rueidisstore_test

import (
	"log"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/rueidis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/rueidisstore"
)

func ExampleOpen() {
	store, err := rueidisstore.Open("redis://:password@node1:6379,node2:6379,node3:6379", rueidisstore.Options{
		CacheFor: 5 * time.Minute,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	sessions := scs.New()
	sessions.Store = store
	sessions.Codec = stores.Codec{}
}

// An application that has a client already shares it.
func ExampleNew() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"redis.internal:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	sessions := scs.New()
	sessions.Store = rueidisstore.New(client, rueidisstore.Options{})
}
