package wxapi_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
)

func TestCode2Session(t *testing.T) {
	client, wechat := newClient(wxapi.Options{})
	phone := wechat.Phone(app.ID, openID)
	wechat.SetUnionID(app.ID, openID, "ocMvos6NjeKLIBqg5Mr9QjxrP1FA")
	code := phone.Login()
	got, err := client.Code2Session(background, code)
	want := wxapi.Session{OpenID: openID, UnionID: "ocMvos6NjeKLIBqg5Mr9QjxrP1FA", Key: phone.SessionKey()}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got):\n%s, err %v", diff, err)
	}
	if _, err = client.Code2Session(background, code); !errors.Is(err, wxapi.ErrInvalidCode) || errors.Is(err, wxapi.ErrOutcomeUnknown) {
		t.Errorf("used code: got %v, want ErrInvalidCode alone", err)
	}
}

// The code and the Secret contain special characters, which the query must escape.
func TestCode2SessionRequest(t *testing.T) {
	var got *http.Request
	client := wxapi.New(app, wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r
		return nil, errors.New("enough")
	})})
	code := "a&js_code=b#%00/+ ☃"
	client.Code2Session(background, code)
	if got.Method != "GET" || got.URL.Scheme != "https" || got.URL.Host != "api.weixin.qq.com" || got.URL.Path != login || got.Body != nil {
		t.Errorf("got %s %s://%s%s", got.Method, got.URL.Scheme, got.URL.Host, got.URL.Path)
	}
	want := map[string][]string{"appid": {app.ID}, "secret": {app.Secret}, "js_code": {code}, "grant_type": {"authorization_code"}}
	if diff := cmp.Diff(want, map[string][]string(got.URL.Query())); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}
