package wxauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
)

// TestWhichApp checks which app a login is for if Config.FindApp is nil.
func TestWhichApp(t *testing.T) {
	const one, two = "wx0000000000000001", "wx0000000000000002"
	apps := []wxauth.App{{ID: one, Secret: "1"}, {ID: two, Secret: "2"}}
	referer := func(appID string) string { return "https://servicewechat.com/" + appID + "/42/page-frame.html" }
	tests := map[string]struct {
		apps           []wxauth.App
		named, referer string
		want           string // the appid that the login is for; "" if the reply is invalid_request
	}{
		"the only one":                  {apps[:1], "", "", one},
		"the only one, named":           {apps[:1], one, "", one},
		"the only one, another Referer": {apps[:1], "", referer(two), one},
		"another is named":              {apps[:1], two, referer(one), ""},
		"one of two":                    {apps, two, "", two},
		"against the Referer":           {apps, one, referer(two), one},
		"by the Referer":                {apps, "", referer(two), two},
		"in the DevTools":               {apps, "", "https://servicewechat.com/" + two + "/devtools/page-frame.html", two},
		"Referer without an end":        {apps, "", "https://servicewechat.com/" + two, two},
		"none of two":                   {apps, "", "", ""},
		"Referer of an image":           {apps, "", "https://servicewechat.com/", ""},
		"Referer of an unknown app":     {apps, "", referer("wx3"), ""},
		"Referer of another site":       {apps, "", "https://evil.example/" + two + "/", ""},
		"Referer over HTTP":             {apps, "", strings.Replace(referer(two), "https", "http", 1), ""},
		"Referer with a longer host":    {apps, "", "https://servicewechat.com.evil.example/" + two + "/", ""},
		"unknown, against the Referer":  {apps, "wx3", referer(two), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			auth, wechat := newAuth(t, wxauth.Config{Apps: test.apps})
			of := test.want
			if of == "" {
				of = one
			}
			r := httptest.NewRequest("GET", "/?code="+wechat.Phone(of, openID).Login()+"&appid="+test.named, nil)
			r.Header.Set("Referer", test.referer)
			w := httptest.NewRecorder()
			auth.LoginHandler().ServeHTTP(w, r)
			if test.want == "" {
				if code(w) != "invalid_request" || wechat.Count("") > 0 {
					t.Errorf("got %d %s, %d calls", w.Code, w.Body, wechat.Count(""))
				}
				return
			}
			if w.Code != http.StatusOK {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			var got wxauth.Identity
			serve(auth.Require(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got, _ = wxauth.FromContext(r.Context())
			})), "GET", "/", tokenOf(t, w), "")
			if got.AppID != test.want || got.OpenID != openID {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// The event of a login for an app that is not served must have no AppID.
func TestEventOfAnUnknownApp(t *testing.T) {
	var got []wxauth.Event
	log := new(lines)
	auth, _ := newAuth(t, wxauth.Config{Logger: log.logger(), OnEvent: func(_ context.Context, e wxauth.Event) { got = append(got, e) }})
	w := serve(auth.LoginHandler(), "GET", "/?code=c&appid=wx00000000000000ee", "", "")
	if code(w) != wxauth.CodeInvalidRequest || len(got) != 1 || got[0].Name != wxauth.EventLogin || got[0].AppID != "" {
		t.Errorf("got %d %s, events %+v", w.Code, w.Body, got)
	}
	if strings.Contains(log.String(), appID) {
		t.Errorf("the log names the app: %s", log)
	}
}
