package wxapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// weCom exchanges codes of wx.qy.login for the user's id. WeCom (企业微信) issues these codes
// for members of a company.
//
// https://developer.work.weixin.qq.com/document/path/91507
type weCom struct{ api *wxapi.Client }

func (w weCom) Exchange(ctx context.Context, code string) (wxapi.Session, error) {
	var reply struct {
		CorpID     string `json:"corpid"`
		UserID     string `json:"userid"`
		SessionKey string `json:"session_key"`
	}
	err := w.api.Call(ctx, http.MethodGet, "/cgi-bin/miniprogram/jscode2session?grant_type=authorization_code&js_code="+url.QueryEscape(code), nil, &reply)
	if err == nil && (reply.CorpID == "" || reply.UserID == "") {
		err = wxapi.ErrBadReply
	}
	// A userid is unique only within one company.
	return wxapi.Session{OpenID: reply.CorpID + "/" + reply.UserID, Key: wxapi.UnsafeSessionKey(reply.SessionKey)}, err
}

// In this example, App.Exchange exchanges login codes by a call to WeCom.
func ExampleApp_exchange() {
	// corp contains the corpid of the company, and the secret of the company's WeCom app.
	// In WeCom's settings, this app is linked with the mini program.
	corp := wxapi.App{ID: "ww0123456789abcdef", Secret: "corpsecret"}
	weComServer := wxtest.NewServer(corp)
	weComServer.HandleFunc("GET /cgi-bin/miniprogram/jscode2session", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"corpid":"ww0123456789abcdef","userid":"zhangsan","session_key":"k","errcode":0,"errmsg":"ok"}`)
	})
	api := wxapi.New(corp, wxapi.Options{
		Hosts:     []string{"https://qyapi.weixin.qq.com"},
		Transport: weComServer.Transport(), // in production, leave Transport out, and set AccessToken to a function that calls WeCom's gettoken
	})

	client := wxapi.New(wxapi.App{ID: "wx4f4bc4dec97d474b", Exchange: weCom{api}.Exchange}, wxapi.Options{})

	session, err := client.Code2Session(context.Background(), "code")
	fmt.Println(session.OpenID, err)
	// Output: ww0123456789abcdef/zhangsan <nil>
}
