package wxauth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"example.com/wxlogin/wxauth"
)

// metadata contains the key-value pairs that a call carries besides its message, as in
// gRPC.
type metadata map[string]string

// method answers a call. Its error stands for a gRPC status.
type method func(ctx context.Context, message string) (string, error)

var (
	errUnauthenticated = errors.New("UNAUTHENTICATED")
	errUnavailable     = errors.New("UNAVAILABLE")
)

// authenticated wraps a method, as an interceptor does. It authenticates the call's token
// and puts the identity into the context. If Authenticate cannot check the token, for
// example because the store fails, the status is UNAVAILABLE. The status UNAUTHENTICATED
// would make the client log in again.
func authenticated(auth *wxauth.Auth, next method) func(context.Context, metadata, string) (string, error) {
	return func(ctx context.Context, md metadata, message string) (string, error) {
		token, _ := strings.CutPrefix(md["authorization"], "Bearer ")
		id, err := auth.Authenticate(ctx, token)
		if errors.Is(err, wxauth.ErrNotLoggedIn) {
			return "", errUnauthenticated
		}
		if err != nil {
			return "", errUnavailable
		}
		return next(wxauth.NewContext(ctx, id), message)
	}
}

// With gRPC and similar systems, call Authenticate in an interceptor.
func ExampleAuth_Authenticate_rpc() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{miniProgram}})
	if err != nil {
		log.Fatal(err)
	}
	greet := authenticated(auth, func(ctx context.Context, message string) (string, error) {
		return message + ", " + wxauth.OpenID(ctx), nil
	})
	ctx := context.Background()
	login, err := auth.LoginAs(ctx, wxauth.Identity{AppID: miniProgram.ID, OpenID: "openid-of-alice"}) // in production, LoginHandler makes the login
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(greet(ctx, metadata{"authorization": "Bearer " + login.Token}, "hello"))
	fmt.Println(greet(ctx, metadata{}, "hello"))
	// Output:
	// hello, openid-of-alice <nil>
	//  UNAUTHENTICATED
}
