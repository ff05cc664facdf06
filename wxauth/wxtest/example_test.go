package wxtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const (
	appID  = "wx4f4bc4dec97d474b"
	secret = "0123456789abcdef0123456789abcdef"
	openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
)

// exchange stands for the code under test: it trades a code for an openid.
func exchange(client *http.Client, base, code string) (openID string, errcode int, err error) {
	q := url.Values{"appid": {appID}, "secret": {secret}, "js_code": {code}, "grant_type": {"authorization_code"}}
	reply, err := client.Get(base + "/sns/jscode2session?" + q.Encode())
	if err != nil {
		return "", 0, err
	}
	defer reply.Body.Close()
	var session struct {
		OpenID  string `json:"openid"`
		ErrCode int    `json:"errcode"`
	}
	err = json.NewDecoder(reply.Body).Decode(&session)
	return session.OpenID, session.ErrCode, err
}

func Example() {
	wechat := wxtest.NewServer(wxapi.App{ID: appID, Secret: secret})
	defer wechat.Close()
	phone := wechat.Phone(appID, openID)

	code := phone.Login()
	fmt.Println(exchange(http.DefaultClient, wechat.URL(), code))
	fmt.Println(exchange(http.DefaultClient, wechat.URL(), code)) // a code works once
	fmt.Println(wechat.Count("/sns/jscode2session"), "calls")
	// Output:
	// oGZUI0egBJY1zhBYw2KhdUfwVJJE 0 <nil>
	//  40163 <nil>
	// 2 calls
}

func ExampleServer_Transport() {
	wechat := wxtest.NewServer(wxapi.App{ID: appID, Secret: secret})
	client := &http.Client{Transport: wechat.Transport()}

	// The host is as in production; nothing leaves this process.
	code := wechat.Phone(appID, openID).Login()
	fmt.Println(exchange(client, "https://api.weixin.qq.com", code))
	// Output: oGZUI0egBJY1zhBYw2KhdUfwVJJE 0 <nil>
}

func ExampleServer_FailNext() {
	wechat := wxtest.NewServer(wxapi.App{ID: appID, Secret: secret})
	client := &http.Client{Transport: wechat.Transport()}
	code := wechat.Phone(appID, openID).Login()

	wechat.FailNext(
		wxtest.Fault{ErrCode: -1},                   // WeChat is busy
		wxtest.Fault{TakesEffect: true, Drop: true}, // the code is used up, the reply lost
	)
	fmt.Println(exchange(client, "https://api.weixin.qq.com", code))
	_, _, err := exchange(client, "https://api.weixin.qq.com", code)
	fmt.Println(err != nil)
	fmt.Println(exchange(client, "https://api.weixin.qq.com", code))
	// Output:
	//  -1 <nil>
	// true
	//  40163 <nil>
}

func ExamplePhone_Login() {
	wechat := wxtest.NewServer(wxapi.App{ID: appID, Secret: secret})
	phone, tablet := wechat.Phone(appID, openID), wechat.Phone(appID, openID)

	phone.Login()
	fmt.Println(phone.CheckSession())
	tablet.Login() // the same user: the phone's session_key is dead now
	fmt.Println(phone.CheckSession(), tablet.CheckSession())
	// Output:
	// true
	// false true
}

func ExamplePhone_Encrypt() {
	wechat := wxtest.NewServer(wxapi.App{ID: appID, Secret: secret})
	phone := wechat.Phone(appID, openID)
	phone.Login()

	steps := map[string]any{"stepInfoList": []map[string]int{{"timestamp": 1445866601, "step": 100}}}
	encryptedData, iv := phone.Encrypt(steps) // what wx.getWeRunData hands to the mini program
	fmt.Println(len(encryptedData) > 0, len(iv))

	// A watermark of the test's own: this one is of 2016.
	phone.Encrypt(map[string]any{
		"openId":    openID,
		"watermark": map[string]any{"appid": appID, "timestamp": 1477314187},
	})
	// Output: true 24
}

func ExampleServer_OnCall() {
	wechat := wxtest.NewServer(wxapi.App{ID: appID, Secret: secret})
	client := &http.Client{Transport: wechat.Transport()}
	wechat.OnCall(func(c wxtest.Call) {
		fmt.Println(c.Method, c.Path, c.Request)
		fmt.Println(c.Status, c.Reply)
	})

	exchange(client, "https://api.weixin.qq.com", wechat.Phone(appID, openID).Login())
	// Output:
	// GET /sns/jscode2session appid=wx4f4bc4dec97d474b&grant_type=authorization_code&js_code=[withheld]&secret=[withheld]
	// 200 {"openid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","session_key":"[withheld]"}
}
