package wxapi_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var errGone = errors.New("the caller has left")

// BeforeSend runs immediately before a call is sent for the first time. If BeforeSend
// returns an error, the call is not sent, and its code is not used up.
func ExampleTrace() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()}) // in production: wxapi.Options{}
	code := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()

	gone := true
	for range 2 {
		trace := wxapi.Trace{BeforeSend: func() error {
			if gone {
				return errGone
			}
			return nil
		}}
		session, err := client.Code2Session(wxapi.WithTrace(context.Background(), &trace), code)
		fmt.Printf("%q %v, attempts: %d\n", session.OpenID, err, trace.Attempts)
		gone = false
	}
	// Output:
	// "" wxapi: code2Session: the caller has left, attempts: 0
	// "oGZUI0egBJY1zhBYw2KhdUfwVJJE" <nil>, attempts: 1
}
