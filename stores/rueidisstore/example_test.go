package rueidisstore_test

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/rueidisstore"
	"example.com/wxlogin/wxauth"
)

// This example stores logins in a Redis Cluster and caches the logins that Require reads.
func Example() {
	store, err := rueidisstore.Open("redis://:password@node1:6379,node2:6379,node3:6379", rueidisstore.Options{
		CacheFor: 5 * time.Minute,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	sessions := wxauth.NewSessions()
	sessions.Store = store

	auth, err := wxauth.New(wxauth.Config{
		Apps:     []wxauth.App{{ID: "wx4f4bc4dec97d474b", Secret: os.Getenv("WX_SECRET")}},
		Sessions: sessions,
	})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("POST /login", auth.LoginHandler())
	http.Handle("GET /me", auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(wxauth.OpenID(r.Context()))) // for a cached login, Require usually needs no round trip to Redis
	})))
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func ExampleOpen() {
	store, err := rueidisstore.Open("redis+sentinel://:password@host1:26379,host2:26379/mymaster?prefix=shop:", rueidisstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	sessions := wxauth.NewSessions()
	sessions.Store = store
}

// In this example, the store uses a client that the application made.
func ExampleNew() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"redis.internal:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	sessions := wxauth.NewSessions()
	sessions.Store = rueidisstore.New(client, rueidisstore.Options{})
}

func ExampleNewWithPrefix() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"redis.internal:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	sessions := wxauth.NewSessions()
	sessions.Store = rueidisstore.NewWithPrefix(client, "shop:", rueidisstore.Options{})
}

// In this example, the endpoint /readyz answers 503 and logs the reason if the store is
// not ready.
func ExampleStore_Ready() {
	store, err := rueidisstore.Open("redis://localhost", rueidisstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		if err := store.Ready(ctx); err != nil {
			log.Print(err)
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
}
