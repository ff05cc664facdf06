package wxapi_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var resetApp = wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

// Test for error classes such as ErrMisconfigured with errors.Is. Log the error, because
// its text explains the common errcodes to the operator.
func ExampleError() {
	wechat := wxtest.NewServer(resetApp)
	wechat.FailNext(wxtest.Fault{ErrCode: 40125})
	client := wxapi.New(resetApp, wxapi.Options{Transport: wechat.Transport()}) // in production: wxapi.Options{}

	_, err := client.Code2Session(context.Background(), "code")
	fmt.Println(errors.Is(err, wxapi.ErrMisconfigured), errors.Is(err, wxapi.ErrInvalidCode))
	var failure *wxapi.Error
	if errors.As(err, &failure) {
		failure.RID = "" // the request id differs in every run
		fmt.Println(failure.Code)
		fmt.Println(failure)
	}
	// Output:
	// true false
	// 40125
	// errcode 40125: the AppSecret is wrong or was reset; copy the current one from the app's development settings (开发设置) at mp.weixin.qq.com
}
