package wxauth_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// openSessions returns both an Auth and an error if only Ready fails.
func openSessions(ctx context.Context, url string) (*wxauth.Auth, error) {
	store, err := stores.OpenRedis(url) // such as rediss://user:password@redis.internal:6379/0?prefix=shop:
	if err != nil {
		return nil, err
	}
	sessions := wxauth.NewSessions()
	sessions.Store = store
	auth, err := wxauth.New(wxauth.Config{
		Apps:     []wxauth.App{{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}},
		Sessions: sessions,
	})
	if err != nil {
		return nil, err
	}
	return auth, auth.Ready(ctx)
}

// With Redis, several processes can share the logins. Ready checks whether logins can be
// stored in Redis and found there.
func Example_redis() {
	auth, err := openSessions(context.Background(), "redis://127.0.0.1:1/0")
	if err != nil {
		log.Print(err) // if auth is not nil, the server can start anyway, because Redis can recover later
	}
	fmt.Println(auth != nil, errors.Is(err, wxauth.ErrNotLoggedIn))
	// Output: true false
}
