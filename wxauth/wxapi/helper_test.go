package wxapi_test

import (
	"context"
	"io"
	"net/http"
	"strings"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var app = wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "s3cret/+&=%-of-the-app"}

const (
	openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"

	login       = "/sns/jscode2session"
	stableToken = "/cgi-bin/stable_token"
	check       = "/wxa/checksession"
	reset       = "/wxa/resetusersessionkey"
	phoneNumber = "/wxa/business/getuserphonenumber"
	encryptKey  = "/wxa/business/getuserencryptkey"
)

var background = context.Background()

func newClient(o wxapi.Options) (*wxapi.Client, *wxtest.Server) {
	wechat := wxtest.NewServer(app)
	o.Transport = wechat.Transport()
	return wxapi.New(app, o), wechat
}

func replies(status int, header http.Header, body string) http.RoundTripper {
	return roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func loggedIn(wechat *wxtest.Server) wxapi.SessionKey {
	phone := wechat.Phone(app.ID, openID)
	phone.Login()
	return phone.SessionKey()
}

func isWithheld(text string, secrets ...string) bool {
	for _, secret := range secrets {
		if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
			return false
		}
	}
	return true
}
