// Package muxtest_test runs the same requests against wxauth's handlers under
// several routers.
package muxtest_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"

var app = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

// me answers with the caller's openid and the name that the router found in the
// path.
func me(name func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, wxauth.OpenID(r.Context())+" "+name(r))
	})
}

// routers mount the handlers at the same paths, each in its usual way.
var routers = map[string]func(*wxauth.Auth) http.Handler{
	"ServeMux": func(a *wxauth.Auth) http.Handler {
		m := http.NewServeMux()
		m.Handle("POST /login", a.LoginHandler())
		m.Handle("GET /wxopen/getOpenIdAndSessionKey", a.LoginHandler())
		m.Handle("POST /logout", a.LogoutHandler())
		m.Handle("GET /session", a.SessionHandler())
		m.Handle("GET /me/{name}", a.Require(me(func(r *http.Request) string { return r.PathValue("name") })))
		m.Handle("GET /count/{name}", a.LoadAndSave(me(func(r *http.Request) string { return r.PathValue("name") })))
		return m
	},
	"StripPrefix": func(a *wxauth.Auth) http.Handler {
		m := http.NewServeMux()
		for path, h := range map[string]http.Handler{
			"/login":                         a.LoginHandler(),
			"/wxopen/getOpenIdAndSessionKey": a.LoginHandler(),
			"/logout":                        a.LogoutHandler(),
			"/session":                       a.SessionHandler(),
		} {
			m.Handle(path, http.StripPrefix(path, h))
		}
		name := me(func(r *http.Request) string { return r.URL.Path })
		m.Handle("/me/", http.StripPrefix("/me/", a.Require(name)))
		m.Handle("/count/", a.LoadAndSave(http.StripPrefix("/count/", name)))
		return m
	},
	"chi": func(a *wxauth.Auth) http.Handler {
		name := me(func(r *http.Request) string { return chi.URLParam(r, "name") })
		m := chi.NewRouter()
		m.Use(chimiddleware.Recoverer, chimiddleware.RequestID)
		m.Method("POST", "/login", a.LoginHandler())
		m.Method("GET", "/wxopen/getOpenIdAndSessionKey", a.LoginHandler())
		m.Method("POST", "/logout", a.LogoutHandler())
		m.Method("GET", "/session", a.SessionHandler())
		m.Group(func(m chi.Router) {
			m.Use(a.Require)
			m.Method("GET", "/me/{name}", name)
		})
		m.Route("/count", func(m chi.Router) {
			m.Use(a.LoadAndSave)
			m.Method("GET", "/{name}", name)
		})
		return m
	},
	"gorilla/mux": func(a *wxauth.Auth) http.Handler {
		name := me(func(r *http.Request) string { return mux.Vars(r)["name"] })
		m := mux.NewRouter()
		m.Handle("/login", a.LoginHandler()).Methods("POST")
		m.Handle("/wxopen/getOpenIdAndSessionKey", a.LoginHandler()).Methods("GET")
		m.Handle("/logout", a.LogoutHandler()).Methods("POST")
		m.Handle("/session", a.SessionHandler()).Methods("GET")
		users := m.PathPrefix("/me").Subrouter()
		users.Use(a.Require)
		users.Handle("/{name}", name).Methods("GET")
		data := m.PathPrefix("/count").Subrouter()
		data.Use(a.LoadAndSave)
		data.Handle("/{name}", name).Methods("GET")
		return m
	},
}

// client sends requests as a mini program does.
type client struct {
	*testing.T
	url   string
	token string
}

// want sends a request and compares the status and the body of the reply. For an
// error it compares the code.
func (c *client) want(status int, text string, r request) {
	c.Helper()
	got, body := c.do(r)
	var problem struct{ Code string }
	if json.Unmarshal([]byte(body), &problem); problem.Code != "" {
		body = problem.Code
	}
	if got != status || body != text {
		c.Errorf("%s %s: got %d %s, want %d %s", r.method, r.path, got, body, status, text)
	}
}

type request struct{ method, path, contentType, body string }

func (c *client) do(q request) (int, string) {
	c.Helper()
	r, err := http.NewRequest(q.method, c.url+q.path, strings.NewReader(q.body))
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("Content-Type", q.contentType)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// logIn logs in and checks that the reply holds a token and nothing from WeChat.
func (c *client) logIn(r request) {
	c.Helper()
	status, body := c.do(r)
	var reply map[string]any
	if err := json.Unmarshal([]byte(body), &reply); err != nil || status != http.StatusOK {
		c.Fatalf("got %d %s", status, body)
	}
	want := []string{"expires_at", "expires_in", "token", "token_type"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(reply))); diff != "" {
		c.Errorf("members (-want +got):\n%s", diff)
	}
	c.token, _ = reply["token"].(string)
}

func TestRouters(t *testing.T) {
	logins := map[string]func(code string) request{
		"JSON": func(code string) request {
			return request{"POST", "/login", "application/json", `{"code":"` + code + `"}`}
		},
		"form": func(code string) request {
			return request{"POST", "/login", "application/x-www-form-urlencoded", url.Values{"code": {code}, "appid": {app.ID}}.Encode()}
		},
		// wx.request({url: '…/wxopen/getOpenIdAndSessionKey', data: {code}}), as in
		// most tutorials. wx.request sends this Content-Type with a GET, too.
		"tutorial": func(code string) request {
			return request{"GET", "/wxopen/getOpenIdAndSessionKey?code=" + url.QueryEscape(code), "application/json", ""}
		},
	}
	for router, route := range routers {
		for name, login := range logins {
			t.Run(router+"/"+name, func(t *testing.T) {
				wechat := wxtest.NewServer(app)
				auth, err := wxauth.New(wxauth.Config{
					Apps:   []wxauth.App{app},
					API:    wxapi.Options{Transport: wechat.Transport()},
					Logger: slog.New(slog.DiscardHandler),
				})
				if err != nil {
					t.Fatal(err)
				}
				server := httptest.NewServer(route(auth))
				defer server.Close()
				get := func(path string) request { return request{method: "GET", path: path} }
				logout := request{method: "POST", path: "/logout"}

				c := &client{T: t, url: server.URL}
				c.want(401, "not_logged_in", get("/me/x"))
				c.want(401, "not_logged_in", get("/count/x"))
				c.want(401, "not_logged_in", get("/session"))
				c.want(204, "", logout)
				c.want(400, "invalid_request", login(""))
				c.want(400, "invalid_code", login("made up"))

				r := login(wechat.Phone(app.ID, openID).Login())
				c.logIn(r)
				c.want(200, openID+" x", get("/me/x"))
				c.want(200, openID+" x", get("/count/x"))
				if status, body := c.do(get("/session")); status != 200 || !strings.HasPrefix(body, `{"expires_in":`) {
					t.Errorf("session: %d %s", status, body)
				}
				c.want(400, "invalid_code", r) // the code is used

				good := c.token
				c.token = strings.Repeat("x", len(good))
				c.want(401, "not_logged_in", get("/me/x"))
				c.token = good
				c.want(204, "", logout)
				c.want(401, "not_logged_in", get("/me/x"))
				c.want(401, "not_logged_in", get("/count/x"))
				c.want(401, "not_logged_in", get("/session"))
				c.want(204, "", logout)
			})
		}
	}
}
