package wxauth_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxtest"
)

type fixture struct {
	store  *testStore
	auth   *wxauth.Auth
	wechat *wxtest.Server
	phone  *wxtest.Phone
	token  string
	id     wxauth.Identity
	log    *bytes.Buffer
}

// Each of these functions calls a handler or a method of Auth that accesses the store.
var uses = map[string]func(f *fixture, w http.ResponseWriter, r *http.Request){
	"login": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Authorization")
		f.login(w, r)
	},
	"login with an older token": (*fixture).login,
	"Require":                   func(f *fixture, w http.ResponseWriter, r *http.Request) { f.auth.Require(me).ServeHTTP(w, r) },
	"Identify":                  func(f *fixture, w http.ResponseWriter, r *http.Request) { f.auth.Identify(me).ServeHTTP(w, r) },
	"LoadAndSave":               func(f *fixture, w http.ResponseWriter, r *http.Request) { f.auth.LoadAndSave(me).ServeHTTP(w, r) },
	"SessionHandler":            func(f *fixture, w http.ResponseWriter, r *http.Request) { f.auth.SessionHandler().ServeHTTP(w, r) },
	"logout": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		r.Method = "POST"
		f.auth.LogoutHandler().ServeHTTP(w, r)
	},
	"Decrypt": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		data, iv := f.phone.Encrypt(map[string]string{"openId": openID})
		ctx := wxauth.NewContext(r.Context(), wxauth.Identity{AppID: appID, OpenID: openID})
		f.answer(w, r, f.auth.Decrypt(ctx, wxauth.Encrypted{EncryptedData: data, IV: iv}, new(map[string]any)))
	},
	"Revoke": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		_, err := f.auth.Revoke(r.Context(), alice, "")
		f.answer(w, r, err)
	},
	"Logins": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		_, err := f.auth.Logins(r.Context(), alice)
		f.answer(w, r, err)
	},
	"RevokeOthers": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		id := f.id
		id.LoginID = "another"
		_, err := f.auth.RevokeOthers(r.Context(), id, "gone")
		f.answer(w, r, err)
	},
	"EndLogin": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		_, err := f.auth.EndLogin(r.Context(), f.id, "kicked")
		f.answer(w, r, err)
	},
	"Renew": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		login, err := f.auth.Renew(r.Context(), f.id)
		if err == nil {
			f.auth.WriteLogin(w, r, login)
		}
		f.answer(w, r, err)
	},
	"login by LoginAs": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		login, err := f.auth.LoginAs(r.Context(), alice)
		if err == nil {
			f.auth.WriteLogin(w, r, login)
		}
		f.answer(w, r, err)
	},
	"Authenticate": func(f *fixture, w http.ResponseWriter, r *http.Request) {
		_, err := f.auth.Authenticate(r.Context(), f.token)
		f.answer(w, r, err)
	},
}

func (f *fixture) login(w http.ResponseWriter, r *http.Request) {
	r.URL.RawQuery = "code=" + f.phone.Login()
	f.auth.LoginHandler().ServeHTTP(w, r)
}

func (f *fixture) answer(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		f.auth.WriteError(w, r, err)
	}
}

func newFixture(t *testing.T, view string) *fixture {
	t.Helper()
	f := &fixture{store: newTestStore(), log: new(bytes.Buffer)}
	f.auth, f.wechat = newAuth(t, wxauth.Config{
		Sessions: sessionsIn(views[view](f.store)),
		Logger:   slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	f.phone = f.wechat.Phone(appID, openID)
	f.token = login(t, f.auth, f.phone)
	f.id, _ = f.auth.Authenticate(background, f.token)
	return f
}

func (f *fixture) use(ctx context.Context, name string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+f.token)
	w := httptest.NewRecorder()
	uses[name](f, w, r)
	return w
}

func checkFailure(w *httptest.ResponseRecorder) error {
	retry, err := strconv.Atoi(w.Header().Get("Retry-After"))
	switch {
	case w.Code != http.StatusServiceUnavailable || code(w) != "store_unavailable":
		return fmt.Errorf("got %d %s, want 503 store_unavailable", w.Code, w.Body)
	case err != nil || retry < 1 || retry > 60:
		return fmt.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
	case w.Header().Get("Cache-Control") != "no-store":
		return fmt.Errorf("Cache-Control is %q", w.Header().Get("Cache-Control"))
	}
	return nil
}
