package wxauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const (
	appID  = "wx4f4bc4dec97d474b"
	secret = "0123456789abcdef0123456789abcdef"
	openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
)

var app = wxauth.App{ID: appID, Secret: secret}

var alice = wxauth.Identity{AppID: appID, OpenID: openID}

var whatever = cmpopts.IgnoreFields(wxauth.Event{}, "Duration", "Waited", "WeChat", "Attempts", "LoginID")

var background = context.Background()

// get returns 0 and the text of the error if there is no reply.
func get(url, token string) (int, string) {
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return 0, err.Error()
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer reply.Body.Close()
	body, _ := io.ReadAll(reply.Body)
	return reply.StatusCode, strings.TrimSpace(string(body))
}

// newAuth returns an Auth that calls the returned fake WeChat, unless c.API.Transport is
// set.
func newAuth(t *testing.T, c wxauth.Config) (*wxauth.Auth, *wxtest.Server) {
	t.Helper()
	if c.Apps == nil {
		c.Apps = []wxauth.App{app}
	}
	wechat := wxtest.NewServer(c.Apps...)
	if c.API.Transport == nil {
		c.API.Transport = wechat.Transport()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	auth, err := wxauth.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return auth, wechat
}

func serve(h http.Handler, method, target, token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func requestWith(token string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

func contextTo(ctx *context.Context) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { *ctx = r.Context() })
}

func login(t *testing.T, auth *wxauth.Auth, phone *wxtest.Phone) string {
	t.Helper()
	w := serve(auth.LoginHandler(), "POST", "/login", "", `{"code":"`+phone.Login()+`"}`)
	if w.Code != http.StatusOK {
		t.Fatalf("login: %d %s", w.Code, w.Body)
	}
	return tokenOf(t, w)
}

func tokenOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var body struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || len(body.Token) != 43 {
		t.Fatalf("no token in %s (%v)", w.Body, err)
	}
	return body.Token
}

// code returns the error code of a problem JSON reply. For any other reply, and if the
// member "status" is not the HTTP status, code returns "".
func code(w *httptest.ResponseRecorder) string {
	var p struct {
		Code   string `json:"code"`
		Status int    `json:"status"`
	}
	if w.Header().Get("Content-Type") != "application/problem+json" ||
		json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Status != w.Code {
		return ""
	}
	return p.Code
}

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

var me = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, wxauth.OpenID(r.Context()))
})

func noTransport(t *testing.T) wxapi.Options {
	return wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("call of %s", r.URL.Path)
		return nil, io.EOF
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func errorCode(err error) string {
	var e *wxauth.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

func post(ctx context.Context, auth *wxauth.Auth, code string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, "POST", "/login", strings.NewReader(`{"code":"`+code+`"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	auth.LoginHandler().ServeHTTP(w, r)
	return w
}

const code2Session = "/sns/jscode2session"
