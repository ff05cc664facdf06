package wxapi_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func ExampleClient_Code2Session() {
	wechat := wxtest.NewServer(app) // in production: leave Options empty
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})

	session, err := client.Code2Session(context.Background(), wechat.Phone(app.ID, openID).Login())
	fmt.Println(session.OpenID, session.Key, err)

	_, err = client.Code2Session(context.Background(), "a code that WeChat never gave")
	fmt.Println(errors.Is(err, wxapi.ErrInvalidCode))
	// Output:
	// oGZUI0egBJY1zhBYw2KhdUfwVJJE [withheld] <nil>
	// true
}

func ExampleClient_PhoneNumber() {
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})
	phone := wechat.Phone(app.ID, openID)
	phone.Login()

	number, err := client.PhoneNumber(context.Background(), phone.PhoneCode("86", "13580006666"), openID)
	fmt.Println(number.PurePhoneNumber, err)
	// Output: 13580006666 <nil>
}
