package stores_test

import (
	"context"
	"errors"
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

func ExampleCodec() {
	b, _ := stores.Codec{}.Encode(time.Unix(1_800_000_000, 0).UTC(), map[string]any{"name": "Li Hua", "visits": 3})
	deadline, values, err := stores.Codec{}.Decode(b)
	fmt.Println(deadline, values["name"], values["visits"], err)
	// Output: 2027-01-15 08:00:00 +0000 UTC Li Hua 3 <nil>
}

func ExampleCodec_LookupString() {
	b, _ := stores.Codec{}.Encode(time.Now(), map[string]any{"name": "Li Hua", "visits": 3})
	name, found, err := stores.Codec{}.LookupString(b, "name")
	fmt.Println(name, found, err)
	// Output: Li Hua true <nil>
}

func ExampleUpdateOnly() {
	store := stores.NewMemory()
	expiry := time.Now().Add(time.Hour)
	store.Commit("session", []byte("loaded by a request"), expiry)
	store.Delete("session") // a logout, meanwhile

	ctx := stores.UpdateOnly(context.Background(), "session")
	err := store.CommitCtx(ctx, "session", []byte("changed by the request"), expiry)
	fmt.Println(errors.Is(err, stores.ErrNotFound))
	// Output: true
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
