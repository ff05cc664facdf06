package stores_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/wxlogin/stores"
)

// A request saves its session after the user has logged out in another request. The save
// fails and does not restore the session.
func ExampleUpdateOnly() {
	store := stores.NewMemory()
	expiry := time.Now().Add(time.Hour)
	store.Commit("session", []byte("loaded by the request"), expiry)
	store.Delete("session") // the logout

	ctx := stores.UpdateOnly(context.Background(), "session")
	err := store.CommitCtx(ctx, "session", []byte("changed by the request"), expiry)
	fmt.Println(errors.Is(err, stores.ErrNotFound))
	// Output: true
}
