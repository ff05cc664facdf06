package rig

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// App is the mini program of the benchmarks.
var App = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

// OpenID is the openid of the user that NewAuth logs in.
const OpenID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"

var body = []byte(OpenID)

// Row is a handler and a request for the handler.
type Row struct {
	Handler http.Handler
	Request *http.Request
}

// NewAuth makes an Auth with a fake WeChat, and logs a user in. The returned string is the
// session token.
func NewAuth(sessions *scs.SessionManager) (*wxauth.Auth, *wxtest.Phone, string) {
	wechat := wxtest.NewServer(App)
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{App}, Sessions: sessions,
		API: wxapi.Options{Transport: wechat.Transport()}})
	if err != nil {
		panic(err)
	}
	phone := wechat.Phone(App.ID, OpenID)
	w := httptest.NewRecorder()
	auth.LoginHandler().ServeHTTP(w, httptest.NewRequest("GET", "/?code="+phone.Login(), nil))
	_, rest, _ := strings.Cut(w.Body.String(), `"token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	if len(token) != 43 {
		panic(fmt.Sprintf("login: %d %s", w.Code, w.Body))
	}
	return auth, phone, token
}

// StoreKey returns the store key that a session manager with HashTokenInStore uses for a
// token.
func StoreKey(token string) string {
	hash := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// Request returns a request with a bearer token, or without a token if token is "".
func Request(token string) *http.Request {
	r := httptest.NewRequest("GET", "/me", nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// Bearer returns the bearer token of a request.
func Bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// Me returns a handler that replies with OpenID, and panics if the function openID returns
// another value.
func Me(openID func(context.Context) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if openID(r.Context()) != OpenID {
			panic("the handler did not get the openid")
		}
		w.Write(body)
	})
}

// Anybody is a handler that answers every request with OpenID.
var Anybody http.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })

// Discard is a ResponseWriter that discards the body, and panics if the status is not 200.
type Discard http.Header

// Header implements http.ResponseWriter.
func (d Discard) Header() http.Header { return http.Header(d) }

// Write implements http.ResponseWriter.
func (d Discard) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (d Discard) WriteHeader(status int) {
	if status != http.StatusOK {
		panic(fmt.Sprintf("status %d", status))
	}
}

// Serve calls the row's handler with empty response headers, as net/http does.
func (d Discard) Serve(row Row) {
	clear(d)
	row.Handler.ServeHTTP(d, row.Request)
}

// Check fails the test or benchmark if the row's handler does not answer 200 with OpenID.
// Serve and Redis.Run use row.Request for all calls of the handler. So Check also fails if
// the handler does *r = *r.WithContext(ctx), as gorilla/sessions does.
func Check(tb testing.TB, row Row) {
	tb.Helper()
	w := httptest.NewRecorder()
	ctx := row.Request.Context()
	row.Handler.ServeHTTP(w, row.Request)
	if row.Request.Context() != ctx {
		tb.Fatal("the handler stores something in the request")
	}
	if w.Code != http.StatusOK || w.Body.String() != OpenID {
		tb.Fatalf("status %d, body %s", w.Code, w.Body)
	}
}

// Serve measures the row's handler, one request at a time.
func Serve(b *testing.B, row Row) {
	b.Helper()
	Check(b, row)
	w := make(Discard)
	b.ReportAllocs()
	for b.Loop() {
		w.Serve(row)
	}
}
