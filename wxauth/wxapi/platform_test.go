package wxapi_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
)

func served() (wxapi.App, *[]string) {
	asked := new([]string)
	return wxapi.App{ID: app.ID, Platform: &wxapi.Platform{AppID: "wxcomponent", AccessToken: func(_ context.Context, rejected string) (string, error) {
		*asked = append(*asked, rejected)
		if rejected != "" {
			return "another&token", nil
		}
		return "token+of the platform", nil
	}}}, asked
}

func TestPlatformLogin(t *testing.T) {
	app, asked := served()
	var got *http.Request
	client := wxapi.New(app, wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r
		return replies(200, nil, `{"openid":"o","session_key":"k","unionid":"u"}`).RoundTrip(r)
	})})
	session, err := client.Code2Session(background, "a&code")
	want := wxapi.Session{OpenID: "o", UnionID: "u", Key: wxapi.UnsafeSessionKey("k")}
	if diff := cmp.Diff(want, session); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got.Method != "GET" || got.URL.Path != "/sns/component/jscode2session" || got.Body != nil {
		t.Errorf("got %s %s", got.Method, got.URL.Path)
	}
	query := url.Values{"component_access_token": {"token+of the platform"}, "component_appid": {"wxcomponent"}, "appid": {app.ID},
		"js_code": {"a&code"}, "grant_type": {"authorization_code"}}
	if diff := cmp.Diff(query, got.URL.Query()); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{""}, *asked); diff != "" {
		t.Errorf("asked for a token (-want +got):\n%s", diff)
	}
}

func TestPlatformLoginFails(t *testing.T) {
	const ok = `{"openid":"o","session_key":"k"}`
	for _, test := range []struct {
		script []string
		want   error
		tokens []string // the component_access_token of each request to WeChat
	}{
		{[]string{`{"errcode":40001}`, ok}, nil, []string{"token+of the platform", "another&token"}},
		{[]string{`{"errcode":"40014"}`, ok}, nil, []string{"token+of the platform", "another&token"}},
		{[]string{`{"errcode":42001}`, ok}, nil, []string{"token+of the platform", "another&token"}},
		{[]string{`{"errcode":42001}`}, wxapi.ErrAccessToken, []string{"token+of the platform", "another&token"}},
		{[]string{`{"errcode":40001}`}, wxapi.ErrMisconfigured, []string{"token+of the platform", "another&token"}},
		{[]string{`{"errcode":61003}`}, wxapi.ErrMisconfigured, []string{"token+of the platform"}},
		{[]string{`{"errcode":41021}`}, wxapi.ErrMisconfigured, []string{"token+of the platform"}},
		{[]string{`{"errcode":40029}`}, wxapi.ErrInvalidCode, []string{"token+of the platform"}},
		{[]string{`{"errcode":45011}`}, wxapi.ErrRateLimited, []string{"token+of the platform"}},
		{[]string{`{"errcode":-1}`, `{"errcode":40001}`, `{"errcode":40163}`}, wxapi.ErrOutcomeUnknown,
			[]string{"token+of the platform", "token+of the platform", "another&token"}},
		{[]string{`{"errcode":40001}`, `{"errcode":40163}`}, wxapi.ErrInvalidCode, []string{"token+of the platform", "another&token"}},
		{[]string{`{"errcode":-1}`, ok}, nil, []string{"token+of the platform", "token+of the platform"}},
		{[]string{`{"openid":"o"}`}, wxapi.ErrBadReply, []string{"token+of the platform"}},
		{[]string{`{"openid":"o","OPENID":"p","session_key":"k"}`}, wxapi.ErrBadReply, []string{"token+of the platform"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			app, _ := served()
			wechat := &scripted{script: test.script}
			var tokens []string
			client := wxapi.New(app, wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				tokens = append(tokens, r.URL.Query().Get("component_access_token"))
				return wechat.RoundTrip(r)
			})})
			if _, err := client.Code2Session(background, "code"); !errors.Is(err, test.want) {
				t.Errorf("%v: got %v, want %v", test.script, err, test.want)
			}
			if diff := cmp.Diff(test.tokens, tokens); diff != "" {
				t.Errorf("%v: tokens (-want +got):\n%s", test.script, diff)
			}
		})
	}

	broken := errors.New("no ticket yet")
	app, _ := served()
	app.Platform.AccessToken = func(context.Context, string) (string, error) { return "", broken }
	client := wxapi.New(app, wxapi.Options{Transport: replies(200, nil, ok)})
	if _, err := client.Code2Session(background, "code"); !errors.Is(err, broken) {
		t.Errorf("got %v, want the platform's error", err)
	}
}

// For an app with a Platform, CheckSessionKey and Call must use the token from
// Options.AccessToken, not the platform's token.
func TestPlatformAccessToken(t *testing.T) {
	app, asked := served()
	client := wxapi.New(app, wxapi.Options{Transport: &scripted{script: []string{`{}`}}})
	if err := client.CheckSessionKey(background, openID, wxapi.UnsafeSessionKey("k")); !errors.Is(err, wxapi.ErrMisconfigured) {
		t.Errorf("without Options.AccessToken: got %v, want ErrMisconfigured", err)
	}
	wechat := &scripted{script: []string{`{}`}}
	client = wxapi.New(app, wxapi.Options{Transport: wechat,
		AccessToken: func(_ context.Context, appID, _ string) (string, error) { return "authorizer-of-" + appID, nil }})
	if err := client.Call(background, "GET", "/x", nil, nil); err != nil {
		t.Error(err)
	}
	if want := "GET /x?access_token=authorizer-of-" + app.ID + " "; wechat.calls[0] != want || wechat.tokens != 0 || len(*asked) != 0 {
		t.Errorf("got %q, want %q", wechat.calls[0], want)
	}
}

func TestPlatformValidate(t *testing.T) {
	token := func(context.Context, string) (string, error) { return "", nil }
	exchange := func(context.Context, string) (wxapi.Session, error) { return wxapi.Session{}, nil }
	for want, app := range map[string]wxapi.App{
		"":                     {ID: "wx0", Platform: &wxapi.Platform{AppID: "wx1", AccessToken: token}},
		"Secret":               {ID: "wx0", Secret: "s", Platform: &wxapi.Platform{AppID: "wx1", AccessToken: token}},
		"Platform.AppID":       {ID: "wx0", Platform: &wxapi.Platform{AccessToken: token}},
		"Platform.AccessToken": {ID: "wx0", Platform: &wxapi.Platform{AppID: "wx1"}},
		"Exchange":             {ID: "wx0", Platform: &wxapi.Platform{AppID: "wx1", AccessToken: token}, Exchange: exchange},
	} {
		if err := app.Validate(); (err == nil) != (want == "") || err != nil && err.Error()[:len(want)+1] != want+" " {
			t.Errorf("got %v, want an error about %q", err, want)
		}
	}
	for _, app := range []wxapi.App{{ID: "wx0", Exchange: exchange}, {ID: "wx0", Secret: "s", Exchange: exchange}} {
		if err := app.Validate(); err != nil {
			t.Error(err)
		}
	}
	if err := (wxapi.App{ID: "wx0", Secret: "s\n", Exchange: exchange}).Validate(); err == nil {
		t.Error("a spoiled Secret beside Exchange was taken")
	}
}
