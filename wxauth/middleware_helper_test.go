package wxauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxtest"
)

// beside is an application that uses one session manager for its cookie sessions and
// for its Auth.
type beside struct {
	store    *testStore
	sessions *scs.SessionManager
	auth     *wxauth.Auth
	wechat   *wxtest.Server
	events   []wxauth.Event
}

func newBeside(t *testing.T) *beside {
	t.Helper()
	b := &beside{store: newTestStore()}
	b.sessions = sessionsIn(b.store)
	b.auth, b.wechat = newAuth(t, wxauth.Config{
		Sessions: b.sessions,
		OnEvent:  func(_ context.Context, e wxauth.Event) { b.events = append(b.events, e) },
	})
	return b
}

// cookie creates a cookie session that holds a cart, and returns the cookie's value.
func (b *beside) cookie(t *testing.T) string {
	t.Helper()
	h := b.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.sessions.Put(r.Context(), "cart", "apples")
	}))
	cookies := serve(h, "GET", "/", "", "").Result().Cookies()
	if len(cookies) != 1 || len(cookies[0].Value) != 43 {
		t.Fatalf("cookies: %v", cookies)
	}
	return cookies[0].Value
}

func (b *beside) values(t *testing.T, token string) map[string]any {
	t.Helper()
	data, found, err := b.store.memory.Find(storeKey(token))
	if err != nil || !found {
		t.Fatalf("no session: %v", err)
	}
	_, values, err := b.sessions.Codec.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	delete(values, "wxauth.identity")
	return values
}

func serveCookie(h http.Handler, method, target, cookie, token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.AddCookie(&http.Cookie{Name: "session", Value: cookie})
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
