package wxapi_test

import (
	"context"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const user = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"

func ExampleClient_PhoneNumber() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()}) // in production: wxapi.Options{}
	phone := wechat.Phone(app.ID, user)
	phone.Login()

	code := phone.PhoneCode("86", "13580006666") // a code of the getPhoneNumber button, not of wx.login
	number, err := client.PhoneNumber(context.Background(), code, user)
	fmt.Println(number.PurePhoneNumber, err)
	// Output: 13580006666 <nil>
}
