package wxauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
)

// TestCode checks that LoginHandler reads the code from the body of the POST if Config.Code
// returns "" for it. The same applies to the appid.
func TestCode(t *testing.T) {
	const one, two = "wx0000000000000001", "wx0000000000000002"
	apps := []wxauth.App{{ID: one, Secret: "1"}, {ID: two, Secret: "2"}}
	header := func(r *http.Request) (string, string) { return r.Header.Get("X-Code"), r.Header.Get("X-App") }
	path := func(r *http.Request) (string, string) { return "", strings.TrimPrefix(r.URL.Path, "/login/") }
	for name, test := range map[string]struct {
		code              func(*http.Request) (code, appID string)
		path, contentType string
		body              string // in the fields body and header, CODE stands for a code of the second app
		header            string // the values of the headers X-Code and X-App, separated by a space
		want              int
		detail            string
	}{
		"both by Code":                     {header, "/", "", "", "CODE " + two, 200, ""},
		"both by Code, a body of its own":  {header, "/", "text/plain", "anything", "CODE " + two, 200, ""},
		"both by Code, others in the body": {header, "/", "application/json", `{"code":"c","appid":"` + one + `"}`, "CODE " + two, 200, ""},
		"appid by Code, code in the body":  {path, "/login/" + two, "application/json", `{"code":"CODE"}`, "", 200, ""},
		"appid by Code, code in the form":  {path, "/login/" + two, "application/x-www-form-urlencoded", "code=CODE", "", 200, ""},
		"code by Code, appid in the body":  {header, "/", "application/json", `{"appid":"` + two + `"}`, "CODE", 200, ""},
		"code by Code, appid in the form":  {header, "/", "application/x-www-form-urlencoded", "appid=" + two, "CODE", 200, ""},
		"code by Code, both in the body":   {header, "/", "application/json", `{"code":"c","appid":"` + two + `"}`, "CODE", 200, ""},
		"none by Code":                     {header, "/", "application/json", `{"code":"CODE","appid":"` + two + `"}`, "", 200, ""},
		"no appid at all":                  {header, "/", "application/json", `{"code":"CODE"}`, "", 400, "appid"},
		"code by Code, appid nowhere":      {header, "/", "text/plain", "anything", "CODE", 400, "appid"},
		"code by Code, two appids":         {header, "/", "application/json", `{"appid":"` + one + `","appid":"` + two + `"}`, "CODE", 400, "once"},
		"appid by Code, no code":           {path, "/login/" + two, "application/json", `{}`, "", 400, `"code" is missing`},
		"appid by Code, two codes":         {path, "/login/" + two, "application/json", `{"code":"CODE","code":"c"}`, "", 400, "once"},
		"appid by Code, a body of its own": {path, "/login/" + two, "text/plain", "CODE", "", 415, "application/json"},
		"an unknown appid by Code":         {path, "/login/wx3", "application/json", `{"code":"CODE","appid":"` + two + `"}`, "", 400, "appid"},
		"no code at all, by Code":          {header, "/", "", "", "undefined " + two, 400, "undefined"},
		"a malformed code by Code":         {header, "/", "", "", strings.Repeat("c", 513) + " " + two, 400, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			auth, wechat := newAuth(t, wxauth.Config{Apps: apps, Code: test.code})
			fill := strings.NewReplacer("CODE", wechat.Phone(two, openID).Login()).Replace
			r := httptest.NewRequest("POST", test.path, strings.NewReader(fill(test.body)))
			r.Header.Set("Content-Type", test.contentType)
			code, appID, _ := strings.Cut(fill(test.header), " ")
			r.Header.Set("X-Code", code)
			r.Header.Set("X-App", appID)
			w := httptest.NewRecorder()
			auth.LoginHandler().ServeHTTP(w, r)
			if w.Code != test.want || !strings.Contains(w.Body.String(), strings.ReplaceAll(test.detail, `"`, `\"`)) {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			if w.Code != 200 {
				if wechat.Count("") > 0 {
					t.Error("WeChat was called")
				}
				return
			}
			if id, err := auth.Authenticate(background, tokenOf(t, w)); err != nil || id.AppID != two {
				t.Errorf("logged in as %v, %v", id, err)
			}
		})
	}
}
