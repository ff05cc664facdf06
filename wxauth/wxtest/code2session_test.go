package wxtest_test

import (
	"regexp"
	"strings"
	"testing"
)

func TestCode2SessionSuccess(t *testing.T) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		w := newWorld(t)
		key := `"session_key":"[A-Za-z0-9+/]{22}=="`
		match := func(want string) {
			t.Helper()
			got := w.send("GET", login, loginParams(w.phone.Login()), "")
			if !regexp.MustCompile("^" + want + "$").MatchString(got) {
				t.Errorf("reply %s, want %s", got, want)
			}
		}
		match(`200 text/plain \{` + key + `,"openid":"` + openID + `"\}`)
		w.wechat.SetUnionID(appID, openID, "ocMvos6NjeKLIBqg5Mr9QjxrP1FA")
		match(`200 text/plain \{` + key + `,"openid":"` + openID + `","unionid":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA"\}`)
	})
}

func TestCode2SessionRefusals(t *testing.T) {
	testReplies(t, []replyTest{
		{"appid missing", func(w *world) string { return w.send("GET", login, loginParams("x", "appid", ""), "") }, plainError(41002, "appid missing")},
		{"secret missing", func(w *world) string { return w.send("GET", login, loginParams("x", "secret", ""), "") }, plainError(41004, "appsecret missing")},
		{"code missing", func(w *world) string { return w.send("GET", login, loginParams(""), "") }, plainError(41008, "missing code")},
		{"grant_type missing", func(w *world) string { return w.send("GET", login, loginParams("x", "grant_type", ""), "") }, plainError(40002, "invalid grant_type")},
		{"grant_type wrong", func(w *world) string {
			return w.send("GET", login, loginParams("x", "grant_type", "client_credential"), "")
		}, plainError(40002, "invalid grant_type")},
		{"appid wrong", func(w *world) string { return w.send("GET", login, loginParams("x", "appid", "wx0"), "") }, plainError(40013, "invalid appid")},
		{"appid in capitals", func(w *world) string {
			return w.send("GET", login, loginParams("x", "appid", strings.ToUpper(appID)), "")
		}, plainError(40013, "invalid appid")},
		{"secret wrong", func(w *world) string { return w.send("GET", login, loginParams("x", "secret", otherSecret), "") }, plainError(40125, "invalid appsecret")},
		{"code unknown", func(w *world) string { return w.send("GET", login, loginParams("x"), "") }, plainError(40029, "invalid code")},
		{"code of another app", func(w *world) string {
			return w.send("GET", login, loginParams(w.wechat.Phone(otherAppID, openID).Login()), "")
		}, plainError(40029, "invalid code")},
		{"code of the phone button", func(w *world) string {
			return w.send("GET", login, loginParams(w.phone.PhoneCode("86", "13580006666")), "")
		}, plainError(40029, "invalid code")},
		{"code used", func(w *world) string {
			code := w.phone.Login()
			w.exchange(code)
			return w.send("GET", login, loginParams(code), "")
		}, plainError(40163, "code been used")},
		{"code refused for a wrong secret is not used", func(w *world) string {
			code := w.phone.Login()
			w.send("GET", login, loginParams(code, "secret", "x"), "")
			w.exchange(code)
			return ""
		}, ""},
		{"POST, parameters in the body", func(w *world) string {
			return w.send("POST", login, nil, `{"appid":"`+appID+`","secret":"`+secret+`"}`)
		}, plainError(41002, "appid missing")},
		{"POST, parameters in the query", func(w *world) string { return w.send("POST", login, loginParams(w.phone.Login()), "") }, plainError(43001, "require GET method")},
		{"HEAD", func(w *world) string { return w.send("HEAD", login, loginParams(w.phone.Login()), "") }, "200 text/plain "},
		{"unknown path", func(w *world) string { return w.send("GET", "/sns/jscode2sessions", nil, "") }, "404 text/html "},
	})
}
