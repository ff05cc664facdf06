package wxtest_test

import (
	"strings"
	"testing"
	"time"

	"example.com/wxlogin/wxauth/wxtest"
)

const (
	component      = "/sns/component/jscode2session"
	componentAppID = "wx134c8103faa5a59e"
)

func TestComponentCode2Session(t *testing.T) {
	type change = func(w *world, other *wxtest.Platform) []string
	with := func(changes ...string) change {
		return func(*world, *wxtest.Platform) []string { return changes }
	}
	send := func(method string, changes change) func(*world) string {
		return func(w *world) string {
			platform := w.wechat.Platform(componentAppID, appID)
			other := w.wechat.Platform("wxother", otherAppID)
			token, err := platform.AccessToken(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			q := params(append([]string{"component_appid", componentAppID, "component_access_token", token,
				"appid", appID, "js_code", w.phone.Login(), "grant_type", "authorization_code"}, changes(w, other)...)...)
			return hideKey(w.send(method, component, q, ""))
		}
	}
	testReplies(t, []replyTest{
		{"success", send("GET", with()), `200 text/plain {"session_key":"KEY","openid":"` + openID + `"}`},
		{"by POST", send("POST", with()), plainError(43001, "require GET method")},
		{"no appid", send("GET", with("appid", "")), plainError(41002, "appid missing")},
		{"no component_appid", send("GET", with("component_appid", "")), plainError(41018, "missing component_appid")},
		{"no component_access_token", send("GET", with("component_access_token", "")), plainError(41021, "missing component_access_token")},
		{"no code", send("GET", with("js_code", "")), plainError(41008, "missing code")},
		{"no grant_type", send("GET", with("grant_type", "")), plainError(40002, "invalid grant_type")},
		{"unknown component", send("GET", with("component_appid", "wx0")), plainError(61011, "invalid component")},
		{"malformed token", send("GET", with("component_access_token", "x")), plainError(40014, "invalid access_token")},
		{"unknown token", send("GET", with("component_access_token", strings.Repeat("x", 512))), plainError(40001, badToken)},
		{"a mini program's access token", send("GET", func(w *world, _ *wxtest.Platform) []string {
			return []string{"component_access_token", w.token(false).Token}
		}), plainError(40001, badToken)},
		{"another component's token", send("GET", func(_ *world, other *wxtest.Platform) []string {
			token, _ := other.AccessToken(t.Context(), "")
			return []string{"component_access_token", token}
		}), plainError(40094, "invalid component credential")},
		{"expired token", send("GET", func(w *world, _ *wxtest.Platform) []string {
			w.wechat.Advance(2 * time.Hour)
			return []string{"js_code", w.phone.Login()}
		}), plainError(42001, "access_token expired")},
		{"unknown appid", send("GET", with("appid", "wx0")), plainError(40013, "invalid appid")},
		{"mini program that has not authorized", send("GET", func(w *world, _ *wxtest.Platform) []string {
			return []string{"appid", otherAppID, "js_code", w.wechat.Phone(otherAppID, openID).Login()}
		}), plainError(61003, "component is not authorized by this account")},
		{"another mini program's code", send("GET", func(w *world, _ *wxtest.Platform) []string {
			return []string{"js_code", w.wechat.Phone(otherAppID, openID).Login()}
		}), plainError(40029, "invalid code")},
		{"unknown code", send("GET", with("js_code", "x")), plainError(40029, "invalid code")},
		{"code that the mini program's own server used", send("GET", func(w *world, _ *wxtest.Platform) []string {
			code := w.phone.Login()
			w.exchange(code)
			return []string{"js_code", code}
		}), plainError(40163, "code been used")},
		{"caller's address", func(w *world) string {
			w.wechat.FailNext(wxtest.Fault{Path: component, ErrCode: 61004})
			return send("GET", with())(w)
		}, plainError(61004, "access clientip is not registered, not in ip-white-list")},
		{"component at jscode2session", func(w *world) string {
			w.wechat.Platform(componentAppID)
			return w.send("GET", login, loginParams("x", "appid", componentAppID), "")
		}, plainError(61024, "must use component token for component api")},
	})
}

func hideKey(s string) string {
	head, tail, found := strings.Cut(s, `"session_key":"`)
	if !found {
		return s
	}
	_, tail, _ = strings.Cut(tail, `"`)
	return head + `"session_key":"KEY"` + tail
}
