package cloudrun_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/cloudrun"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// Require must accept the request of each way in the loop below. The Cloud Run user has no
// login.
func TestEveryWayIn(t *testing.T) {
	const (
		ordinary  = appID
		platforms = "wx1111111111111111"
		gateways  = "wx2222222222222222"
		component = "wx3333333333333333"
		corp      = "ww0123456789abcdef"
		secret    = "0123456789abcdef0123456789abcdef"
	)
	wechat := wxtest.NewServer(wxapi.App{ID: ordinary, Secret: secret}, wxapi.App{ID: platforms})
	platform := wechat.Platform(component, platforms)
	weCom := wxtest.NewServer(wxapi.App{ID: corp, Secret: secret})
	weCom.HandleFunc("GET /cgi-bin/miniprogram/jscode2session", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"corpid":%q,"userid":%q,"session_key":"k","errcode":0,"errmsg":"ok"}`, corp, r.FormValue("js_code"))
	})
	weComAPI := wxapi.New(wxapi.App{ID: corp, Secret: secret}, wxapi.Options{
		Hosts: []string{"https://qyapi.weixin.qq.com"}, Transport: weCom.Transport(),
	})

	config := wxauth.Config{
		Apps: []wxauth.App{
			{ID: ordinary, Secret: secret},
			{ID: platforms, Platform: &wxapi.Platform{AppID: component, AccessToken: platform.AccessToken}},
			{ID: gateways, Exchange: func(_ context.Context, code string) (wxapi.Session, error) {
				return wxapi.Session{OpenID: "gateway's " + code}, nil
			}},
		},
		Sessions: wxauth.NewSessions(),
		API:      wxapi.Options{Transport: wechat.Transport(), AccessToken: platform.AuthorizerToken},
		Logger:   slog.New(slog.DiscardHandler),
	}
	auth, err := wxauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	// The same mini program can also run in WeCom, WeChat's app for companies. A second Auth
	// exchanges the codes that come from WeCom.
	config.Apps = []wxauth.App{{ID: ordinary, Exchange: func(ctx context.Context, code string) (wxapi.Session, error) {
		var reply struct {
			CorpID string `json:"corpid"`
			UserID string `json:"userid"`
		}
		err := weComAPI.Call(ctx, "GET", "/cgi-bin/miniprogram/jscode2session?grant_type=authorization_code&js_code="+url.QueryEscape(code), nil, &reply)
		return wxapi.Session{OpenID: reply.CorpID + "/" + reply.UserID}, err
	}}}
	members, err := wxauth.New(config)
	if err != nil {
		t.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.Handle("GET /login", auth.LoginHandler())
	mux.Handle("GET /wecom/login", members.LoginHandler())
	mux.Handle("GET /me", auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := wxauth.FromContext(r.Context())
		io.WriteString(w, id.AppID+" "+id.OpenID)
	})))
	server := cloudrun.Identify(ordinary)(mux)

	logIn := func(path, app, code string) *http.Request {
		t.Helper()
		status, body := send(server, httptest.NewRequest("GET", path+"?"+url.Values{"appid": {app}, "code": {code}}.Encode(), nil))
		var login struct{ Token string }
		if err := json.Unmarshal([]byte(body), &login); err != nil || login.Token == "" {
			t.Fatalf("%s for %s: %d %s", path, app, status, body)
		}
		r := httptest.NewRequest("GET", "/me", nil)
		r.Header.Set("Authorization", "Bearer "+login.Token)
		return r
	}
	gatewayUser := logIn("/login", gateways, "alice")
	cloudRunUser := byCloudRun(httptest.NewRequest("GET", "/me", nil))
	for _, way := range []struct {
		name string
		r    *http.Request
		want string
	}{
		{"ordinary", logIn("/login", ordinary, wechat.Phone(ordinary, "ordinary user").Login()), ordinary + " ordinary user"},
		{"platform", logIn("/login", platforms, wechat.Phone(platforms, "platform's user").Login()), platforms + " platform's user"},
		{"gateway", gatewayUser, gateways + " gateway's alice"},
		{"WeCom", logIn("/wecom/login", ordinary, "zhangsan"), ordinary + " " + corp + "/zhangsan"},
		{"Cloud Run", cloudRunUser, ordinary + " " + openID},
	} {
		if status, body := send(server, way.r); status != 200 || body != way.want {
			t.Errorf("%s: %d %s, want 200 %s", way.name, status, body, way.want)
		}
	}

	for _, test := range []struct {
		name    string
		id      wxauth.Identity
		r       *http.Request
		revoked int
		status  int
	}{
		{"gateway", wxauth.Identity{AppID: gateways, OpenID: "gateway's alice"}, gatewayUser, 1, 401},
		{"Cloud Run", wxauth.Identity{AppID: ordinary, OpenID: openID}, cloudRunUser, 0, 200},
	} {
		n, err := auth.Revoke(t.Context(), test.id, "banned")
		if status, _ := send(server, test.r); n != test.revoked || err != nil || status != test.status {
			t.Errorf("Revoke of the %s user: %d, %v, then %d; want %d, then %d", test.name, n, err, status, test.revoked, test.status)
		}
	}
}
