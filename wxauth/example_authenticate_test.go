package wxauth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"example.com/wxlogin/wxauth"
)

// socket is a connection that stays open, such as a WebSocket.
type socket struct {
	auth  *wxauth.Auth
	token string // the token that the client sent in its first message
	every <-chan time.Time
	send  func(message string)
}

// run serves the connection until the login has ended. If the first check of the token
// fails, run returns immediately. Otherwise run checks the login again at each tick of
// the channel every, because a logout, a Revoke or the expiry of the login does not close
// the connection.
func (s socket) run(ctx context.Context) {
	id, err := s.auth.Authenticate(ctx, s.token)
	if err != nil {
		s.send("not logged in, or the store is down: try again later")
		return
	}
	s.send("hello, " + id.OpenID)
	for range s.every {
		switch _, err := s.auth.Authenticate(ctx, s.token); {
		case errors.Is(err, wxauth.ErrNotLoggedIn):
			reason := ""
			if e := (*wxauth.Error)(nil); errors.As(err, &e) {
				reason = e.Reason // why the server ended the login; can be ""
			}
			s.send("goodbye: " + reason)
			return
		case err != nil:
			// The login could not be checked, for example because the store failed. The
			// user stays logged in for now.
			s.send("still there")
		default:
			s.send("still logged in")
		}
	}
}

// Authenticate checks a token outside of HTTP handlers. In this example, the server
// repeatedly checks the token of an open connection.
func ExampleAuth_Authenticate() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{miniProgram}})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	alice := wxauth.Identity{AppID: miniProgram.ID, OpenID: "openid-of-alice"}
	login, err := auth.LoginAs(ctx, alice) // in production, LoginHandler makes the login
	if err != nil {
		log.Fatal(err)
	}
	minutes := make(chan time.Time) // in production: time.Tick(time.Minute)
	sent := make(chan string)
	go socket{auth, login.Token, minutes, func(message string) { sent <- message }}.run(ctx)
	fmt.Println(<-sent)
	minutes <- time.Now()
	fmt.Println(<-sent)
	if _, err := auth.Revoke(ctx, alice, "account_closed"); err != nil {
		log.Fatal(err)
	}
	minutes <- time.Now()
	fmt.Println(<-sent)
	// Output:
	// hello, openid-of-alice
	// still logged in
	// goodbye: account_closed
}
