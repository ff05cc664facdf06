package wxapi_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func logIn(ctx context.Context, client *wxapi.Client, code string) string {
	session, err := client.Code2Session(ctx, code)
	switch {
	case err == nil:
		return "logged in as " + session.OpenID
	case errors.Is(err, wxapi.ErrInvalidCode):
		return "call wx.login again"
	case errors.Is(err, wxapi.ErrUserBlocked):
		return "tell the user"
	}
	log.Print(err) // the text of err explains the failure, and quotes no secret
	return "try again later"
}

// The client in this example calls a fake WeChat. In production, leave Options.Transport
// nil.
func ExampleNew() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})

	code := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()
	fmt.Println(logIn(context.Background(), client, code))
	fmt.Println(logIn(context.Background(), client, code)) // a code works once
	// Output:
	// logged in as oGZUI0egBJY1zhBYw2KhdUfwVJJE
	// call wx.login again
}
