package wxtest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxtest"
)

func TestCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		w.wechat.SetUnionID(appID, openID, "union")
		var live []wxtest.Call
		w.wechat.OnCall(func(c wxtest.Call) {
			live = append(live, c)
			w.wechat.Count("") // the function of OnCall is allowed to use the Server
		})

		code := w.phone.Login()
		w.exchange(code)
		w.send("GET", login, loginParams(code), "")
		signed := w.signedParams()
		w.send("GET", check, signed, "")
		w.send("GET", encrypt, signed, "")
		w.send("GET", reset, signed, "")
		body := `{"code":"` + w.phone.PhoneCode("86", "13580006666") + `","openid":"` + openID + `"}`
		w.send("POST", phoneInfo, params("access_token", signed.Get("access_token")), body)
		w.wechat.FailNext(wxtest.Fault{Drop: true})
		w.do("GET", login, nil, nil)

		now := time.Now().Unix()
		const (
			W        = withheld
			loginQ   = "appid=" + appID + "&grant_type=authorization_code&js_code=" + W + "&secret=" + W
			signedQ  = "access_token=" + W + "&openid=" + openID + "&sig_method=hmac_sha256&signature=" + W
			tokenQ   = `{"appid":"` + appID + `","force_refresh":false,"grant_type":"client_credential","secret":"` + W + `"}`
			fineBody = `{"errcode":0,"errmsg":"ok"}`
			host     = "api.weixin.qq.com"
		)
		want := []wxtest.Call{
			{Path: login, Method: "GET", Status: 200, Request: loginQ, Reply: `{"openid":"` + openID + `","session_key":"` + W + `","unionid":"union"}`},
			{Path: login, Method: "GET", Status: 200, ErrCode: 40163, Request: loginQ, Reply: `{"errcode":40163,"errmsg":"code been used, rid: R"}`},
			{Path: stable, Method: "POST", Status: 200, Request: tokenQ, Reply: `{"access_token":"` + W + `","expires_in":7200}`},
			{Path: check, Method: "GET", Status: 200, Request: signedQ, Reply: fineBody},
			{Path: encrypt, Method: "GET", Status: 200, Request: signedQ, Reply: fmt.Sprintf(`{"errcode":0,"errmsg":"ok","key_info_list":[{"create_time":%d,"encrypt_key":"%s","expire_in":3600,"iv":"%s","version":1}]}`, now, W, W)},
			{Path: reset, Method: "GET", Status: 200, Request: signedQ, Reply: `{"errcode":0,"errmsg":"ok","openid":"` + openID + `","session_key":"` + W + `"}`},
			{Path: phoneInfo, Method: "POST", Status: 200, Request: "access_token=" + W + ` {"code":"` + W + `","openid":"` + openID + `"}`,
				Reply: fmt.Sprintf(`{"errcode":0,"errmsg":"ok","phone_info":{"countryCode":"86","phoneNumber":"%s","purePhoneNumber":"%s","watermark":{"appid":"%s","timestamp":%d}}}`, W, W, appID, now)},
			{Path: login, Method: "GET"},
		}
		for i := range want {
			want[i].Time, want[i].Host, want[i].AppID = time.Now(), host, appID
		}
		want[len(want)-1].AppID = "" // the dropped call has no parameters
		got := w.wechat.Calls()
		for i := range got {
			got[i].Reply = hideRID(got[i].Reply)
			live[i].Reply = hideRID(live[i].Reply)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Calls (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, live); diff != "" {
			t.Errorf("OnCall (-want +got):\n%s", diff)
		}
		if w.wechat.Count(login) != 3 || w.wechat.Count("") != 8 {
			t.Errorf("%d logins of %d calls, want 3 of 8", w.wechat.Count(login), w.wechat.Count(""))
		}
		w.wechat.ResetCalls()
		if w.wechat.Count("") != 0 || len(w.wechat.Calls()) != 0 {
			t.Error("calls after ResetCalls")
		}
	})
}

func TestCallsAreBounded(t *testing.T) {
	w := overTransport(t)
	for i := range 2500 {
		w.send("GET", login, params("appid", appID, "secret", "x", "openid", fmt.Sprint(i)), "")
	}
	calls := w.wechat.Calls()
	if len(calls) != 1000 || w.wechat.Count(login) != 2500 {
		t.Fatalf("%d calls remembered, %d counted; want 1000, 2500", len(calls), w.wechat.Count(login))
	}
	for i, c := range calls {
		if !strings.Contains(c.Request, fmt.Sprintf("openid=%d&", 1500+i)) {
			t.Fatalf("call %d is %s", i, c.Request)
		}
	}
}

func TestCallWithTheBodyNull(t *testing.T) {
	w := overTransport(t)
	w.send("POST", phoneInfo, params("access_token", w.token(false).Token), "null")
	calls := w.wechat.Calls()
	if got := calls[len(calls)-1].Request; got != "access_token="+withheld+" "+withheld {
		t.Errorf("the request is shown as %q", got)
	}
}
