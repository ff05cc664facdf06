package wxauth_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestReplay checks that a replay of a code within 5 minutes costs no call to WeChat.
func TestReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		user := wechat.Phone(appID, openID).Login()
		for _, test := range []struct {
			after time.Duration
			want  string
			calls int
		}{
			{0, "", 1},
			{0, "invalid_code", 1},
			{5*time.Minute - time.Second, "invalid_code", 1},
			{2 * time.Second, "invalid_code", 2}, // this replay is sent to WeChat, where the code has expired
			{4 * time.Minute, "invalid_code", 2},
		} {
			time.Sleep(test.after)
			if w := post(background, auth, user); code(w) != test.want || wechat.Count("") != test.calls {
				t.Errorf("after another %v: got %d %s, %d calls, want %d", test.after, w.Code, w.Body, wechat.Count(""), test.calls)
			}
		}
	})
}

// TestSameCodeOfAnotherApp checks that the same code at two apps counts as two codes. The
// code 2c of wx2 and the code c of wx22 must also count as two codes, although "wx2"+"2c"
// equals "wx22"+"c".
func TestSameCodeOfAnotherApp(t *testing.T) {
	calls := make(map[string]int)
	auth, _ := newAuth(t, wxauth.Config{
		Apps: []wxauth.App{{ID: "wx1", Secret: "1"}, {ID: "wx2", Secret: "2"}, {ID: "wx22", Secret: "3"}},
		API: wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			id := r.URL.Query().Get("appid")
			calls[id]++
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"openid":"` + id + `","session_key":"k"}`))}, nil
		})},
	})
	for _, test := range []struct{ appID, code string }{{"wx1", "2c"}, {"wx2", "2c"}, {"wx22", "c"}} {
		w := serve(auth.LoginHandler(), "POST", "/", "", `{"code":"`+test.code+`","appid":"`+test.appID+`"}`)
		if w.Code != 200 {
			t.Errorf("%v: got %d %s", test, w.Code, w.Body)
			continue
		}
		if got := serve(auth.Require(me), "GET", "/", tokenOf(t, w), "").Body.String(); got != test.appID || calls[test.appID] != 1 {
			t.Errorf("%v: logged in as %s, calls %v", test, got, calls)
		}
	}
}
