package cloudrun_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/cloudrun"
)

func newServer(t *testing.T) (*wxauth.Auth, http.Handler) {
	t.Helper()
	auth, err := wxauth.New(wxauth.Config{
		Apps:   []wxauth.App{cloudrun.App(appID)},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	me := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, wxauth.OpenID(r.Context())) })
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("POST /logout", auth.LogoutHandler())
	mux.Handle("GET /session", auth.SessionHandler())
	mux.Handle("GET /me", auth.Require(me))
	mux.Handle("GET /maybe", auth.Identify(me))
	mux.Handle("GET /data", auth.LoadAndSave(me))
	mux.Handle("GET /token", auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := wxauth.FromContext(r.Context())
		login, err := auth.LoginAs(r.Context(), id)
		if err != nil {
			auth.WriteError(w, r, err)
			return
		}
		auth.WriteLogin(w, r, login)
	})))
	return auth, cloudrun.Identify(appID)(mux)
}

func byCloudRun(r *http.Request) *http.Request {
	r.Header.Set("X-WX-SOURCE", "wx_client")
	r.Header.Set("X-WX-OPENID", openID)
	r.Header.Set("X-WX-APPID", appID)
	return r
}

// If the body of the answer is JSON with an error code, send returns the error code in
// place of the body.
func send(h http.Handler, r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var problem struct{ Code string }
	if json.Unmarshal(w.Body.Bytes(), &problem); problem.Code != "" {
		return w.Code, problem.Code
	}
	return w.Code, w.Body.String()
}

func TestCloudRunUser(t *testing.T) {
	_, server := newServer(t)
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
		body   string
	}{
		{"Require", byCloudRun(httptest.NewRequest("GET", "/me", nil)), 200, openID},
		{"Require without headers", httptest.NewRequest("GET", "/me", nil), 401, "not_logged_in"},
		{"Identify", byCloudRun(httptest.NewRequest("GET", "/maybe", nil)), 200, openID},
		{"Identify without headers", httptest.NewRequest("GET", "/maybe", nil), 200, ""},
		{"LoadAndSave", byCloudRun(httptest.NewRequest("GET", "/data", nil)), 401, "not_logged_in"},
		{"SessionHandler", byCloudRun(httptest.NewRequest("GET", "/session", nil)), 401, "not_logged_in"},
		{"LogoutHandler", byCloudRun(httptest.NewRequest("POST", "/logout", nil)), 204, ""},
		{"Require after logout", byCloudRun(httptest.NewRequest("GET", "/me", nil)), 200, openID},
		{"LoginHandler", byCloudRun(httptest.NewRequest("POST", "/login?code=0", jsonBody(`{"code":"0a1B"}`))), 400, "invalid_request"},
	} {
		if test.r.Method == "POST" {
			test.r.Header.Set("Content-Type", "application/json")
		}
		if status, body := send(server, test.r); status != test.status || body != test.body {
			t.Errorf("%s: %d %s, want %d %s", test.name, status, body, test.status, test.body)
		}
	}
}

func jsonBody(text string) io.Reader { return strings.NewReader(text) }

// Revoke must end the login that LoginAs made for a Cloud Run user. Revoke must not stop
// the user's requests through Cloud Run.
func TestLoginAsCloudRunUser(t *testing.T) {
	auth, server := newServer(t)
	_, body := send(server, byCloudRun(httptest.NewRequest("GET", "/token", nil)))
	var login struct{ Token string }
	if err := json.Unmarshal([]byte(body), &login); err != nil || login.Token == "" {
		t.Fatalf("%s: %v", body, err)
	}
	withToken := func(path string) *http.Request {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+login.Token)
		return r
	}
	if status, body := send(server, withToken("/data")); status != 200 || body != openID {
		t.Errorf("LoadAndSave with the token: %d %s", status, body)
	}
	if n, err := auth.Revoke(t.Context(), wxauth.Identity{AppID: appID, OpenID: openID}, ""); n != 1 || err != nil {
		t.Errorf("Revoke: %d, %v", n, err)
	}
	if status, _ := send(server, withToken("/me")); status != 401 {
		t.Errorf("after Revoke, with the token: %d", status)
	}
	if status, _ := send(server, byCloudRun(httptest.NewRequest("GET", "/me", nil))); status != 200 {
		t.Errorf("after Revoke, by Cloud Run: %d", status)
	}
}

func TestNoLogin(t *testing.T) {
	auth, _ := newServer(t)
	id := wxauth.Identity{AppID: appID, OpenID: openID}
	ctx := wxauth.NewContext(t.Context(), id)
	if logins, err := auth.Logins(ctx, id); len(logins) != 0 || err != nil {
		t.Errorf("Logins: %v, %v", logins, err)
	}
	if n, err := auth.Revoke(ctx, id, "banned"); n != 0 || err != nil {
		t.Errorf("Revoke: %d, %v", n, err)
	}
	if ended, err := auth.EndLogin(ctx, id, ""); ended || err == nil {
		t.Errorf("EndLogin: %t, %v", ended, err)
	}
	if _, err := auth.Renew(ctx, id); !errors.Is(err, wxauth.ErrNotLoggedIn) {
		t.Errorf("Renew: %v", err)
	}
	if _, err := auth.Sign(ctx, nil); err == nil {
		t.Error("Sign works without a session_key")
	}
}

func TestApp(t *testing.T) {
	_, server := newServer(t)
	r := httptest.NewRequest("POST", "/login", jsonBody(`{"code":"0a1B"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	var problem struct {
		Status       int
		Code, Detail string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
		t.Fatal(err)
	}
	problem.Detail, _, _ = strings.Cut(problem.Detail, ";")
	want := problem
	want.Status, want.Code, want.Detail = 400, "invalid_request", "this mini program needs no login"
	if diff := cmp.Diff(want, problem); diff != "" {
		t.Error(diff)
	}
}
