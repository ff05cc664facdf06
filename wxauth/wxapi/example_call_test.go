package wxapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// acceptable reports whether a user's comment passes WeChat's content check.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html
func acceptable(ctx context.Context, client *wxapi.Client, openID, comment string) (bool, error) {
	var reply struct {
		Result struct {
			Suggest string `json:"suggest"`
		} `json:"result"`
	}
	err := client.Call(ctx, http.MethodPost, "/wxa/msg_sec_check", map[string]any{
		"version": 2, "scene": 2, "openid": openID, "content": comment,
	}, &reply)
	return reply.Result.Suggest == "pass", err
}

// Call decodes a JSON reply into a variable. For an API that answers with an image, pass
// a pointer to a []byte.
func ExampleClient_Call() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	wechat.HandleFunc("POST /wxa/msg_sec_check", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"errcode":0,"errmsg":"ok","result":{"suggest":"pass","label":100}}`)
	})
	wechat.HandleFunc("POST /wxa/getwxacodeunlimit", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "\xff\xd8\xff an image")
	})
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()}) // in production: wxapi.Options{}

	fmt.Println(acceptable(context.Background(), client, "oGZUI0egBJY1zhBYw2KhdUfwVJJE", "a <good> comment"))

	// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html
	var image []byte
	err := client.Call(context.Background(), http.MethodPost, "/wxa/getwxacodeunlimit", map[string]any{"scene": "a=1"}, &image)
	fmt.Println(len(image), err)
	// Output:
	// true <nil>
	// 12 <nil>
}
