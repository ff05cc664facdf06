package wxtest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// The phone logs in, and the client exchanges the code for the openid.
func Example() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})

	code := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()
	session, err := client.Code2Session(context.Background(), code)
	fmt.Println(session.OpenID, err)

	_, err = client.Code2Session(context.Background(), code) // a code works once
	fmt.Println(errors.Is(err, wxapi.ErrInvalidCode))
	// Output:
	// oGZUI0egBJY1zhBYw2KhdUfwVJJE <nil>
	// true
}

// A program in any language can call the fake WeChat over loopback.
func ExampleServer_URL() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	defer wechat.Close()
	client := wxapi.New(app, wxapi.Options{Hosts: []string{wechat.URL()}})

	code := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()
	session, err := client.Code2Session(context.Background(), code)
	fmt.Println(session.OpenID, err)
	// Output: oGZUI0egBJY1zhBYw2KhdUfwVJJE <nil>
}

// A Server is an http.Handler, so a test can serve it at any address. This example serves
// it over TLS.
func ExampleServer_ServeHTTP() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	tls := httptest.NewTLSServer(wechat)
	defer tls.Close()
	client := wxapi.New(app, wxapi.Options{
		Hosts:     []string{tls.URL},
		Transport: tls.Client().Transport,
	})

	code := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()
	session, err := client.Code2Session(context.Background(), code)
	fmt.Println(session.OpenID, err)
	// Output: oGZUI0egBJY1zhBYw2KhdUfwVJJE <nil>
}

// WeChat refuses the first login as the login of a blocked user, and sends a broken reply
// to the second login. It drops the connection of each later login until the test calls
// ClearFaults.
func ExampleServer_FailNext() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})
	phone := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE")

	wechat.FailNext(
		wxtest.Fault{ErrCode: 40226},
		wxtest.Fault{Body: `{"openid":`, TakesEffect: true},
	)
	wechat.FailAlways(wxtest.Fault{Drop: true})
	_, blocked := client.Code2Session(context.Background(), phone.Login())
	_, broken := client.Code2Session(context.Background(), phone.Login())
	_, dropped := client.Code2Session(context.Background(), phone.Login())
	wechat.ClearFaults()
	_, fine := client.Code2Session(context.Background(), phone.Login())

	fmt.Println(errors.Is(blocked, wxapi.ErrUserBlocked))
	fmt.Println(errors.Is(broken, wxapi.ErrBadReply))
	fmt.Println(errors.Is(dropped, wxapi.ErrUnavailable))
	fmt.Println(fine)
	// Output:
	// true
	// true
	// true
	// <nil>
}

// WeChat is overloaded. The Retry-After header tells the client to wait 7 seconds.
func ExampleFault() {
	wechat := wxtest.NewServer()
	wechat.FailNext(wxtest.Fault{Status: 503, Header: http.Header{"Retry-After": {"7"}}})

	client := http.Client{Transport: wechat.Transport()}
	reply, err := client.Get("https://api.weixin.qq.com/sns/jscode2session")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reply.Body.Close()
	fmt.Println(reply.Status, reply.Header.Get("Retry-After"))
	// Output: 503 Service Unavailable 7
}

// A code expires after five minutes. With Advance, the test does not need to wait.
func ExampleServer_Advance() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})
	code := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()

	wechat.Advance(5 * time.Minute)
	_, err := client.Code2Session(context.Background(), code)
	fmt.Println(errors.Is(err, wxapi.ErrInvalidCode))
	// Output: true
}

// Count returns the number of calls. Calls describes the calls, without their secrets.
func ExampleServer_Calls() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})

	client.Code2Session(context.Background(), wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login())
	fmt.Println(wechat.Count("/sns/jscode2session"))
	for _, c := range wechat.Calls() {
		fmt.Println(c.Method, c.Path, c.Request)
		fmt.Println(c.Status, c.Reply)
	}
	wechat.ResetCalls()
	fmt.Println(wechat.Count(""))
	// Output:
	// 1
	// GET /sns/jscode2session appid=wx4f4bc4dec97d474b&grant_type=authorization_code&js_code=[withheld]&secret=[withheld]
	// 200 {"openid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","session_key":"[withheld]"}
	// 0
}

// OnCall makes the server run a function at the end of each call.
func ExampleServer_OnCall() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})
	wechat.OnCall(func(c wxtest.Call) { fmt.Println(c.Path, c.ErrCode) })

	client.Code2Session(context.Background(), "a made-up code")
	// Output: /sns/jscode2session 40029
}

// A user has at most one valid session_key for a mini program. The login on the tablet ends
// the session_key of the phone.
func ExamplePhone_Login() {
	wechat := wxtest.NewServer(wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"})
	phone := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
	tablet := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")

	phone.Login()
	fmt.Println(phone.CheckSession())
	tablet.Login()
	fmt.Println(phone.CheckSession(), tablet.CheckSession())
	// Output:
	// true
	// false true
}

// The user presses the phone number button. The client exchanges the code of the button
// for the phone number.
func ExamplePhone_PhoneCode() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})
	phone := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE")

	code := phone.PhoneCode("86", "13580006666")
	number, err := client.PhoneNumber(context.Background(), code, "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
	fmt.Println(number.PhoneNumber, err)
	// Output: 13580006666 <nil>
}

// After SetUnionID, Code2Session returns the unionid together with the openid.
func ExampleServer_SetUnionID() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})

	wechat.SetUnionID(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE", "ocMvos6NjeKLIBqg5Mr9QjxrP1FA")
	session, err := client.Code2Session(context.Background(), wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login())
	fmt.Println(session.UnionID, err)
	// Output: ocMvos6NjeKLIBqg5Mr9QjxrP1FA <nil>
}

// In this example, three events end the phone's session_key: a login on another device, a
// decision of WeChat, and a new login on the phone. After SetKeyRefresh, a new login can
// keep the session_key.
func ExampleServer_RotateKey() {
	wechat := wxtest.NewServer(wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"})
	phone := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")

	phone.Login()
	wechat.RotateKey("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
	fmt.Println("after a login elsewhere:", phone.CheckSession())

	phone.Login()
	wechat.ExpireKey("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
	fmt.Println("after WeChat ended it:", phone.CheckSession())

	phone.Login()
	first := phone.SessionKey()
	phone.Login()
	fmt.Println("same key after a login here:", phone.SessionKey().Equal(first))

	wechat.SetKeyRefresh(time.Minute)
	second := phone.SessionKey()
	phone.Login()
	fmt.Println("same key with SetKeyRefresh:", phone.SessionKey().Equal(second))
	// Output:
	// after a login elsewhere: false
	// after WeChat ended it: false
	// same key after a login here: false
	// same key with SetKeyRefresh: true
}

// SetKey makes a signature predictable. The session_key, rawData and the signature are from
// WeChat's page about data signatures.
func ExampleServer_SetKey() {
	wechat := wxtest.NewServer(wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"})
	phone := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
	wechat.SetKey("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE", wxapi.UnsafeSessionKey("HyVFkGl5F5OQWJZZaNzBBg=="))
	phone.Login()

	rawData := `{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN",` +
		`"avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}`
	fmt.Println(phone.Sign(rawData))
	// Output: 75e81ceda165f4ffa64f4068af58c64b8f54b88c
}

// The test waits until the login has reached WeChat, and then lets the login continue.
func ExampleServer_InFlight() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})
	code := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()

	release := make(chan struct{})
	wechat.FailNext(wxtest.Fault{Hold: release})
	done := make(chan error)
	go func() {
		_, err := client.Code2Session(context.Background(), code)
		done <- err
	}()
	for wechat.InFlight("/sns/jscode2session") == 0 { // in a synctest bubble, call synctest.Wait instead of this loop
		time.Sleep(time.Millisecond)
	}
	close(release)
	fmt.Println(<-done, wechat.InFlight(""))
	// Output: <nil> 0
}

// WeChat is slower than the client's Timeout, so the login fails. Inside a
// testing/synctest bubble, the wait takes no real time.
func ExampleServer_SetLatency() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	wechat.SetLatency(time.Hour)
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport(), Timeout: 20 * time.Millisecond})

	_, err := client.Code2Session(context.Background(), wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login())
	fmt.Println(errors.Is(err, wxapi.ErrUnavailable))
	// Output: true
}

// The application calls WeChat's content check. The Server does not implement this
// endpoint, so the test adds it.
func ExampleServer_HandleFunc() {
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	wechat.HandleFunc("POST /wxa/msg_sec_check", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok","result":{"suggest":"pass","label":100}}`)
	})
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})

	var reply struct {
		Result struct{ Suggest string } `json:"result"`
	}
	err := client.Call(context.Background(), "POST", "/wxa/msg_sec_check",
		map[string]any{"version": 2, "content": "hello"}, &reply)
	fmt.Println(reply.Result.Suggest, err)
	// Output: pass <nil>
}

// A third-party platform exchanges a login code of a mini program. The platform does not
// need the mini program's AppSecret.
func ExamplePlatform() {
	wechat := wxtest.NewServer(wxapi.App{ID: "wx4f4bc4dec97d474b"})
	platform := wechat.Platform("wx134c8103faa5a59e", "wx4f4bc4dec97d474b")
	client := wxapi.New(wxapi.App{
		ID:       "wx4f4bc4dec97d474b",
		Platform: &wxapi.Platform{AppID: "wx134c8103faa5a59e", AccessToken: platform.AccessToken},
	}, wxapi.Options{
		AccessToken: platform.AuthorizerToken,
		Transport:   wechat.Transport(),
	})

	code := wechat.Phone("wx4f4bc4dec97d474b", "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()
	session, err := client.Code2Session(context.Background(), code)
	fmt.Println(session.OpenID, err)
	fmt.Println(client.CheckSessionKey(context.Background(), session.OpenID, session.Key))
	// Output:
	// oGZUI0egBJY1zhBYw2KhdUfwVJJE <nil>
	// <nil>
}

// WeChat pushes messages to a URL of the mini program's server. The server must answer when
// WeChat checks this URL. The server should refuse messages that are not encrypted.
func ExamplePush() {
	push := wxtest.Push{
		AppID:          "wx4f4bc4dec97d474b",
		Token:          "a token of your choice",
		EncodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
	}
	receive := func(w http.ResponseWriter, r *http.Request) { // the handler under test
		switch {
		case r.Method == http.MethodGet:
			fmt.Fprint(w, r.FormValue("echostr"))
		case r.FormValue("msg_signature") == "":
			http.Error(w, "not encrypted", http.StatusForbidden)
		default:
			fmt.Fprint(w, "success")
		}
	}
	send := func(r *http.Request) {
		w := httptest.NewRecorder()
		receive(w, r)
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
	}

	closed := wxtest.Notice{Event: "user_authorization_cancellation", OpenID: "oGZUI0egBJY1zhBYw2KhdUfwVJJE"}
	send(push.Check("/push", "4375120948345356249"))
	send(push.Notice("/push", closed))
	send(push.Message("/push", []byte(`{"MsgType":"event","Event":"debug_demo"}`)))
	push.Mode = wxtest.PlainMode
	send(push.Notice("/push", closed))
	// Output:
	// 200 4375120948345356249
	// 200 success
	// 200 success
	// 403 not encrypted
}
