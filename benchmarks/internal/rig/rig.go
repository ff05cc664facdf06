// Package rig is what all benchmarks share: a user who is logged in, a handler
// that must be told who it is, and load.
//
// What is measured checks itself on the way. A handler that is told the wrong
// openid panics, as does an answer that is an error, so that no benchmark can
// measure how fast a request is refused. What can't be set up panics too.
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

// App is the mini program of all benchmarks.
var App = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

// OpenID is the user who is logged in, and what every handler answers with.
const OpenID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"

var answer = []byte(OpenID)

// A Row is something that answers a request, and the request.
type Row struct {
	Handler http.Handler
	Request *http.Request
}

// NewAuth returns an Auth on the sessions, its user's phone, and the token of a
// login there.
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

// StoredKey is what a store knows a token by.
func StoredKey(token string) string {
	hash := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// Request is a request with a bearer token, or with none.
func Request(token string) *http.Request {
	r := httptest.NewRequest("GET", "/me", nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// Bearer is the token of a request, found with no more care than that.
func Bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// Me is a handler that needs to know who asks.
func Me(openID func(context.Context) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if openID(r.Context()) != OpenID {
			panic("the handler is not told the openid")
		}
		w.Write(answer)
	})
}

// Anybody is a handler that does not.
var Anybody http.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(answer) })

// Discard is a ResponseWriter that costs next to nothing.
type Discard http.Header

// Header implements http.ResponseWriter.
func (d Discard) Header() http.Header { return http.Header(d) }

// Write implements http.ResponseWriter.
func (d Discard) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (d Discard) WriteHeader(status int) {
	if status != http.StatusOK {
		panic(fmt.Sprintf("answered by %d", status))
	}
}

// Serve has the row answer its request, with empty headers each time, as those
// of a new request would be.
func (d Discard) Serve(row Row) {
	clear(d)
	row.Handler.ServeHTTP(d, row.Request)
}

// Check fails the benchmark unless the row's handler was reached and has
// answered, and has left the request as it was, for the next time.
func Check(tb testing.TB, row Row) {
	tb.Helper()
	w := httptest.NewRecorder()
	ctx := row.Request.Context()
	row.Handler.ServeHTTP(w, row.Request)
	if row.Request.Context() != ctx {
		tb.Fatal("the handler keeps something in the request")
	}
	if w.Code != http.StatusOK || w.Body.String() != OpenID {
		tb.Fatalf("answered by %d %s", w.Code, w.Body)
	}
}

// Serve measures the row's answer, over and over.
func Serve(b *testing.B, row Row) {
	b.Helper()
	Check(b, row)
	w := make(Discard)
	b.ReportAllocs()
	for b.Loop() {
		w.Serve(row)
	}
}
