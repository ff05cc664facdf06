package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxtest"
)

// With a mini program's own AppID the calls of WeChat are recorded without what
// is in them. This test is inside the package so that WeChat can be a fake one
// all the same.
func TestRealCall(t *testing.T) {
	app := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "s3cret-s3cret"}
	wechat := wxtest.NewServer(app)
	config := wxauth.Config{Apps: []wxauth.App{app}, Sessions: wxauth.NewSessions()}
	config.API.Transport = wechat.Transport()
	demo := newDemo(&config)
	auth, err := wxauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	server := demo.handler(auth, mux)

	const openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
	login := func(code string) {
		r := httptest.NewRequest("POST", "/login", strings.NewReader("code="+code))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		server.ServeHTTP(httptest.NewRecorder(), r)
	}
	code := wechat.Phone(app.ID, openID).Login()
	login(code)
	wechat.FailAlways(wxtest.Fault{Refuse: true})
	login("another")

	want := []arrow{
		{From: phoneLane, To: serverLane, Op: "POST /login", Title: "POST /login", Carries: []string{"code"}},
		{From: serverLane, To: wechatLane, Op: "GET /sns/jscode2session", Title: "GET /sns/jscode2session",
			Carries: []string{"AppID", "AppSecret", "code"}},
		{From: wechatLane, To: serverLane, Op: "GET /sns/jscode2session", Title: "200 OK", Reply: true,
			Carries: []string{"openid", "session_key"}},
		{From: serverLane, To: serverLane, Op: "login", Title: "login", Carries: []string{"openid", "session_key"}},
		{From: serverLane, To: phoneLane, Op: "POST /login", Title: "200 OK", Reply: true, Carries: []string{"token"}},
		{From: phoneLane, To: serverLane, Op: "POST /login", Title: "POST /login", Carries: []string{"code"}},
	}
	for range 3 { // attempts
		want = append(want,
			arrow{From: serverLane, To: wechatLane, Op: "GET /sns/jscode2session", Title: "GET /sns/jscode2session",
				Carries: []string{"AppID", "AppSecret", "code"}},
			arrow{From: wechatLane, To: serverLane, Op: "GET /sns/jscode2session", Title: "–", Reply: true, Failed: true})
	}
	want = append(want, arrow{From: serverLane, To: phoneLane, Op: "POST /login", Title: "503 wechat_unavailable",
		Reply: true, Failed: true})
	got, _, _, _ := demo.rec.since(0, "")
	ignore := cmpopts.IgnoreFields(arrow{}, "ID", "Exchange", "Text", "visitor")
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, a := range got {
		for _, secret := range []string{app.Secret, openID, code, "another"} {
			if strings.Contains(a.Text, secret) {
				t.Errorf("%s has a secret: %s", a.Op, a.Text)
			}
		}
	}
}
