package redistest_test

import (
	"log"
	"testing"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
)

func Example() {
	var t *testing.T // stands for the parameter of a test function
	server := redistest.Start(t, "--requirepass", "secret")
	store, err := stores.OpenRedis("redis://:secret@" + server.Addr)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	server.Pause() // Redis hangs
	if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err == nil {
		t.Error("committed to a server that hangs")
	}
	server.Resume()
}
