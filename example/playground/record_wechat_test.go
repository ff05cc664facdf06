package playground_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/example/playground"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxtest"
)

// TestRealCall checks that the texts of the arrows contain no AppSecret, openid or code if
// the playground does not simulate WeChat. In this test, wxtest takes the place of the real WeChat.
func TestRealCall(t *testing.T) {
	app := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	config := wxauth.Config{Apps: []wxauth.App{app}}
	config.API.Transport = wechat.Transport()
	base := start(t, &config).URL

	const openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
	code := wechat.Phone(app.ID, openID).Login()
	if got := login(t, base, code); got != http.StatusOK {
		t.Fatalf("login: %d", got)
	}
	wechat.FailNext(wxtest.Fault{ErrCode: 40029})
	login(t, base, "a-code-of-another-app")
	wechat.FailNext(wxtest.Fault{Status: http.StatusBadGateway})
	const code2 = "a-code-that-wechat-does-not-see"
	login(t, base, code2)

	const op = "GET /sns/jscode2session"
	want := []arrow{
		{From: "phone", To: "server", Op: "POST /login", Title: "POST /login", Carries: []string{"code"}},
		{From: "server", To: "wechat", Op: op, Title: op, Carries: []string{"AppID", "AppSecret", "code"}},
		{From: "wechat", To: "server", Op: op, Title: "200 OK", Reply: true, Carries: []string{"openid", "session_key"}},
		{From: "server", To: "server", Op: "login", Title: "login", Carries: []string{"openid", "session_key"}},
		{From: "server", To: "phone", Op: "POST /login", Title: "200 OK", Reply: true, Carries: []string{"token"}},
		{From: "phone", To: "server", Op: "POST /login", Title: "POST /login", Carries: []string{"code"}},
		{From: "server", To: "wechat", Op: op, Title: op, Carries: []string{"AppID", "AppSecret", "code"}},
		{From: "wechat", To: "server", Op: op, Title: "errcode 40029", Reply: true, Failed: true},
		{From: "server", To: "phone", Op: "POST /login", Title: "400 invalid_code", Reply: true, Failed: true},
		{From: "phone", To: "server", Op: "POST /login", Title: "POST /login", Carries: []string{"code"}},
		{From: "server", To: "wechat", Op: op, Title: op, Carries: []string{"AppID", "AppSecret", "code"}},
		{From: "wechat", To: "server", Op: op, Title: "502 Bad Gateway", Reply: true, Failed: true},
	}
	got := arrows(t, base)
	if len(got) < len(want) {
		t.Fatalf("%d arrows", len(got))
	}
	if diff := cmp.Diff(want, got[:len(want)], cmpopts.IgnoreFields(arrow{}, "Text")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, a := range got {
		for _, secret := range []string{app.Secret, openID, code, code2} {
			if strings.Contains(a.Text, secret) {
				t.Errorf("%s holds a secret: %s", a.Op, a.Text)
			}
		}
	}
}

func TestSimulatedCallWithoutReply(t *testing.T) {
	config := wxauth.Config{Apps: make([]wxauth.App, 1), Sessions: wxauth.NewSessions()}
	play := playground.New(&config)
	config.API.Transport = noReply{}
	base := serve(t, play, config).URL

	login(t, base, "a-code")
	const op = "GET /sns/jscode2session"
	want := arrow{From: "wechat", To: "server", Op: op, Title: "–", Reply: true, Failed: true}
	var got []arrow
	for _, a := range arrows(t, base) {
		if a.From == "wechat" {
			got = append(got, a)
		}
	}
	if len(got) == 0 {
		t.Fatal("no arrow from WeChat")
	}
	if diff := cmp.Diff(want, got[0], cmpopts.IgnoreFields(arrow{}, "Text")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

type noReply struct{}

func (noReply) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
