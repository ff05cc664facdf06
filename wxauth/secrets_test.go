package wxauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// TestSecrets checks that logs, errors, traces and events contain no secrets, even after
// failures.
func TestSecrets(t *testing.T) {
	w := newWatch()
	w.standardLog(t)
	t.Run("over", func(t *testing.T) {
		for name, test := range map[string]struct{ http2, open bool }{
			"HTTP 1.1": {false, false},
			"HTTP 2":   {true, true},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				l := newLeakTest(t, w, test.http2, test.open)
				l.logins(t)
				l.keyUses(t)
				l.storeFailures(t)
			})
		}
	})
	w.check(t)
}

func none(string) wxtest.Fault { return wxtest.Fault{} }

func (l *leakTest) logins(t *testing.T) {
	all := "?secret=" + l.app.Secret + "&js_code="
	tests := map[string]struct {
		fault func(code string) wxtest.Fault
		want  string
	}{
		"nothing":         {none, "ok"},
		"502 that echoes": {func(string) wxtest.Fault { return wxtest.Fault{Status: 502, Echo: true} }, "wechat_unavailable"},
		"200 that echoes": {func(string) wxtest.Fault { return wxtest.Fault{Echo: true} }, "wechat_bad_reply"},
		"errmsg that echoes": {func(c string) wxtest.Fault {
			return wxtest.Fault{ErrCode: 40029, ErrMsg: "invalid code, rid: " + all + c}
		}, "invalid_code"},
		"rid that echoes":      {func(c string) wxtest.Fault { return wxtest.Fault{ErrCode: 40013, ErrMsg: "rid: " + c} }, "misconfigured"},
		"unknown errcode":      {func(c string) wxtest.Fault { return wxtest.Fault{ErrCode: 76543, ErrMsg: all + c} }, "wechat_bad_reply"},
		"errcode of no number": {func(c string) wxtest.Fault { return wxtest.Fault{Body: `{"errcode":"` + c + `"}`} }, "wechat_bad_reply"},
		"redirect":             {func(c string) wxtest.Fault { return wxtest.Fault{Redirect: "https://elsewhere.example/" + all + c} }, "wechat_bad_reply"},
		"redirect to itself":   {func(c string) wxtest.Fault { return wxtest.Fault{Redirect: "/sns/jscode2session" + all + c} }, "wechat_bad_reply"},
		"malformed redirect":   {func(c string) wxtest.Fault { return wxtest.Fault{Redirect: "http://[::1%25/" + all + c} }, "wechat_bad_reply"},
		"impossible redirect":  {func(c string) wxtest.Fault { return wxtest.Fault{Redirect: ":" + all + c + "%zz"} }, "wechat_bad_reply"},
		"headers that echo": {func(c string) wxtest.Fault {
			return wxtest.Fault{Status: 407, Header: http.Header{"Set-Cookie": {"c=" + c}, "Proxy-Authenticate": {all + c}, "Location": {all}}}
		}, "wechat_bad_reply"},
		"reply cut off": {func(string) wxtest.Fault { return wxtest.Fault{Truncate: true} }, "wechat_bad_reply"},
		"echo cut off":  {func(string) wxtest.Fault { return wxtest.Fault{Status: 500, Echo: true, Truncate: true} }, "wechat_bad_reply"},
		"NUL in the key": {func(c string) wxtest.Fault {
			return wxtest.Fault{Body: `{"openid":"o","session_key":"` + c + `\u0000"}`}
		}, "wechat_bad_reply"},
		"array":              {func(c string) wxtest.Fault { return wxtest.Fault{Body: `["` + c + `"]`} }, "wechat_bad_reply"},
		"connection dropped": {func(string) wxtest.Fault { return wxtest.Fault{Drop: true} }, "wechat_unavailable"},
		"reply lost":         {func(string) wxtest.Fault { return wxtest.Fault{Drop: true, TakesEffect: true} }, "wechat_unavailable"},
		"busy":               {func(string) wxtest.Fault { return wxtest.Fault{ErrCode: -1} }, "wechat_unavailable"},
		"too much":           {func(c string) wxtest.Fault { return wxtest.Fault{Body: `{"openid":"` + strings.Repeat(c, 4096) + `"}`} }, "wechat_bad_reply"},
		"compressed, it says": {func(c string) wxtest.Fault {
			return wxtest.Fault{Body: c, Header: http.Header{"Content-Encoding": {"gzip"}}}
		}, "wechat_bad_reply"},
	}
	for name, test := range tests {
		if got := l.login("", test.fault); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
	for code, want := range errcodes {
		if got := l.login("", func(c string) wxtest.Fault { return wxtest.Fault{ErrCode: code, ErrMsg: all + c} }); got != want {
			t.Errorf("errcode %d: got %s, want %s", code, got, want)
		}
	}
	for prefix, want := range map[string]string{
		"/refused":     "wechat_unavailable",
		"/no-name":     "wechat_unavailable",
		"/untrusted":   "wechat_unavailable",
		"/transport":   "internal",
		"/instrument":  "internal",
		"/hook-panics": "internal",
		"/hook-fails":  "internal",
		"/hook-denies": "login_denied",
	} {
		if got := l.login(prefix, none); got != want {
			t.Errorf("%s: got %s, want %s", prefix, got, want)
		}
	}
	if got := l.login("/slow", func(string) wxtest.Fault { return wxtest.Fault{Delay: time.Hour} }); got != "wechat_unavailable" {
		t.Errorf("timeout: got %s", got)
	}

	// wxauth must not leak the code of an invalid login request.
	for name, format := range map[string]string{
		"control characters": `{"code":"%s\r\nSet-Cookie: a=b"}`,
		"no JSON":            `{"code":"%s"`,
		"another type":       `{"code":["%s"]}`,
		"another name":       `{"%s":"x"}`,
		"unknown app":        `{"code":"%[1]s","appid":"%[1]s"}`,
	} {
		code := l.phone.Login()
		l.secret("code", code)
		if got := l.do("POST", "/login", fmt.Sprintf(format, code)); got != "invalid_request" {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func (l *leakTest) keyUses(t *testing.T) {
	if got := l.login("", none); got != "ok" {
		t.Fatalf("login: %s", got)
	}
	l.wechat.FailAlways(wxtest.Fault{Path: "/cgi-bin/stable_token", Body: `{"secret":"` + l.app.Secret + `"}`})
	if got := l.do("GET", "/use/check", ""); got != "wechat_bad_reply" {
		t.Errorf("no access token: got %s", got)
	}
	l.wechat.ClearFaults()
	for _, use := range []string{"phone", "check", "keys", "reset"} {
		for name, fault := range map[string]wxtest.Fault{
			"502 that echoes":    {Status: 502, Echo: true},
			"malformed redirect": {Redirect: "http://[::1%25/?secret=" + l.app.Secret},
			"reply cut off":      {Truncate: true},
			"reply lost":         {Drop: true, TakesEffect: true},
			"busy":               {ErrCode: -1},
			"token refused":      {ErrCode: 40001, ErrMsg: l.app.Secret},
			"key refused":        {ErrCode: 87009, ErrMsg: l.app.Secret},
			"nothing":            {},
		} {
			if got := l.login("", none); got != "ok" {
				t.Fatalf("login: %s", got)
			}
			l.wechat.FailNext(fault)
			got := l.do("GET", "/use/"+use, "")
			l.wechat.ClearFaults()
			if ok := got == "ok"; name == "nothing" && !ok || ok && name[:3] == "502" {
				t.Errorf("%s, %s: got %s", use, name, got)
			}
		}
	}
	if got := l.login("", none); got != "ok" {
		t.Fatalf("login: %s", got)
	}
	for use, want := range map[string]string{
		"decrypt into another type": "internal",
		"decrypt into no pointer":   "internal",
		"decrypt with another IV":   "session_key_stale",
		"decrypt half":              "invalid_request",
		"verify":                    "session_key_stale",
	} {
		if got := l.do("GET", "/use/"+use, ""); got != want {
			t.Errorf("%s: got %s, want %s", use, got, want)
		}
	}
}

// storeFailures makes store operations fail with an error that quotes the arguments of the
// operation.
func (l *leakTest) storeFailures(t *testing.T) {
	for _, r := range []string{"POST /login", "GET /me", "POST /data", "GET /session", "GET /use/verify", "GET /use/revoke", "POST /logout"} {
		method, path, _ := strings.Cut(r, " ")
		failed := false
		for n := range 7 {
			if got := l.login("", none); got != "ok" {
				t.Fatalf("login: %s", got)
			}
			body := ""
			if path == "/login" {
				code := l.phone.Login()
				l.secret("code", code)
				l.secret("session_key", wxapi.UnsafeRevealSessionKey(l.phone.SessionKey()))
				body = `{"code":"` + code + `"}`
			}
			l.store.set(nth(n+1, false))
			if got := l.do(method, path, body); got == "store_unavailable" || got == "aborted" {
				failed = true
			}
			l.store.set(nil)
		}
		if !failed {
			t.Errorf("%s never failed", r)
		}
	}
}
