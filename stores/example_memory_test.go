package stores_test

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

func ExampleNewMemory() {
	sessions := scs.New()
	sessions.Store = stores.NewMemory()
	sessions.Codec = stores.Codec{}

	ctx, _ := sessions.Load(context.Background(), "")
	sessions.Put(ctx, "name", "Li Hua")
	token, _, _ := sessions.Commit(ctx)

	ctx, _ = sessions.Load(context.Background(), token)
	fmt.Println(sessions.GetString(ctx, "name"))
	// Output: Li Hua
}

func ExampleMemory_CompareAndSwapCtx() {
	ctx := context.Background()
	store := stores.NewMemory()
	expiry := time.Now().Add(time.Hour)

	created, _ := store.CompareAndSwapCtx(ctx, "key", nil, []byte("1"), expiry)
	wrong, _ := store.CompareAndSwapCtx(ctx, "key", []byte("0"), []byte("2"), expiry)
	changed, _ := store.CompareAndSwapCtx(ctx, "key", []byte("1"), []byte("2"), expiry)
	deleted, _ := store.CompareAndSwapCtx(ctx, "key", []byte("2"), nil, time.Time{})
	fmt.Println(created, wrong, changed, deleted)
	// Output: true false true true
}

func ExampleMemory_Len() {
	store := stores.NewMemory()
	store.Commit("key", []byte("value"), time.Now().Add(time.Hour))
	fmt.Println(store.Len())
	// Output: 1
}
