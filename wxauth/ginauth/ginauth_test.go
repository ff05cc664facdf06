package ginauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/ginauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"

var app = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

type server struct {
	*gin.Engine
	auth     *wxauth.Auth
	sessions *scs.SessionManager
	token    string
}

func newServer(t *testing.T) *server {
	t.Helper()
	gin.SetMode(gin.TestMode)
	wechat := wxtest.NewServer(app)
	s := &server{Engine: gin.New(), sessions: wxauth.NewSessions()}
	var err error
	s.auth, err = wxauth.New(wxauth.Config{
		Apps: []wxauth.App{app}, Sessions: s.sessions,
		API:    wxapi.Options{Transport: wechat.Transport()},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.POST("/login", ginauth.Handler(s.auth.LoginHandler()))
	_, body := s.send("POST", "/login", "", `{"code":"`+wechat.Phone(app.ID, openID).Login()+`"}`)
	var login struct{ Token string }
	if err := json.Unmarshal([]byte(body), &login); err != nil || login.Token == "" {
		t.Fatalf("login: %s", body)
	}
	s.token = login.Token
	return s
}

func (s *server) send(method, path, token, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// wirings lists ways to use a net/http middleware in gin. Only ginauth.Use is correct.
var wirings = map[string]func(func(http.Handler) http.Handler) gin.HandlerFunc{
	"ginauth.Use": ginauth.Use,
	"gin.WrapH": func(m func(http.Handler) http.Handler) gin.HandlerFunc {
		return gin.WrapH(m(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	},
	"gin.WrapF": func(m func(http.Handler) http.Handler) gin.HandlerFunc {
		return gin.WrapF(m(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP)
	},
	"takes the request over": func(m func(http.Handler) http.Handler) gin.HandlerFunc {
		return func(c *gin.Context) {
			m(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { c.Request = r })).ServeHTTP(c.Writer, c.Request)
		}
	},
	"takes the request over and calls Next": func(m func(http.Handler) http.Handler) gin.HandlerFunc {
		return func(c *gin.Context) {
			m(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				c.Request = r
				c.Next()
			})).ServeHTTP(c.Writer, c.Request)
		}
	},
	"calls Next or Abort": func(m func(http.Handler) http.Handler) gin.HandlerFunc {
		return func(c *gin.Context) {
			passed := false
			m(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				passed = true
				c.Next()
			})).ServeHTTP(c.Writer, c.Request)
			if !passed {
				c.Abort()
			}
		}
	},
	"takes the request over or aborts": func(m func(http.Handler) http.Handler) gin.HandlerFunc {
		return func(c *gin.Context) {
			passed := false
			m(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { passed, c.Request = true, r })).ServeHTTP(c.Writer, c.Request)
			if !passed {
				c.Abort()
			}
		}
	},
}

type outcome struct {
	HandlerRuns bool // the handler runs for a request without a token
	Identity    bool // the handler gets the identity from Require
	Data        bool // data that a handler under LoadAndSave puts into the session is saved
}

func TestWirings(t *testing.T) {
	right := outcome{HandlerRuns: false, Identity: true, Data: true}
	want := map[string]outcome{
		"ginauth.Use":                           right,
		"gin.WrapH":                             {HandlerRuns: true},
		"gin.WrapF":                             {HandlerRuns: true},
		"takes the request over":                {HandlerRuns: true, Identity: true},
		"takes the request over and calls Next": {HandlerRuns: true, Identity: true, Data: true},
		"calls Next or Abort":                   {},
		"takes the request over or aborts":      {Identity: true},
	}
	got := make(map[string]outcome)
	for name, use := range wirings {
		s := newServer(t)
		var o outcome
		s.GET("/me", use(s.auth.Require), func(c *gin.Context) {
			o.HandlerRuns = o.HandlerRuns || c.GetHeader("Authorization") == ""
			o.Identity = o.Identity || ginauth.OpenID(c) == openID
		})
		s.GET("/put", use(s.auth.LoadAndSave), func(c *gin.Context) {
			defer func() { recover() }() // scs panics without a session
			s.sessions.Put(c.Request.Context(), "cart", "a book")
		})
		s.GET("/get", ginauth.Use(s.auth.LoadAndSave), func(c *gin.Context) {
			o.Data = s.sessions.GetString(c.Request.Context(), "cart") == "a book"
		})
		s.send("GET", "/me", "", "")
		s.send("GET", "/me", s.token, "")
		s.send("GET", "/put", s.token, "")
		s.send("GET", "/get", s.token, "")
		got[name] = o
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wirings (-want +got):\n%s", diff)
	}
}

// After a 401 from Require, the later handlers of the gin chain must not run. Use must pass
// gin's own ResponseWriter to a net/http middleware.
func TestUse(t *testing.T) {
	s := newServer(t)
	var trace []string
	note := func(name string) gin.HandlerFunc {
		return func(c *gin.Context) {
			trace = append(trace, name)
			c.Next()
			trace = append(trace, fmt.Sprintf("%s sees %d", name, c.Writer.Status()))
		}
	}
	type key struct{}
	outer := ginauth.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, ok := w.(gin.ResponseWriter); !ok {
				t.Errorf("the middleware gets a %T", w)
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "outer")))
		})
	})
	s.GET("/me/:name", note("first"), outer, ginauth.Use(s.auth.Identify), ginauth.Use(s.auth.Require), note("last"), func(c *gin.Context) {
		id, ok := ginauth.Identity(c)
		c.String(http.StatusTeapot, "%s %s %t %v", c.Param("name"), id.OpenID, ok, c.Request.Context().Value(key{}))
	})
	for _, test := range []struct {
		token  string
		status int
		body   string
		trace  []string
	}{
		{s.token, 418, "x " + openID + " true outer", []string{"first", "last", "last sees 418", "first sees 418"}},
		{"", 401, "", []string{"first", "first sees 401"}},
	} {
		trace = nil
		status, body := s.send("GET", "/me/x", test.token, "")
		if status != test.status || test.body != "" && body != test.body {
			t.Errorf("%d %s, want %d %s", status, body, test.status, test.body)
		}
		if diff := cmp.Diff(test.trace, trace); diff != "" {
			t.Errorf("chain (-want +got):\n%s", diff)
		}
	}
	if id, ok := ginauth.Identity(&gin.Context{Request: httptest.NewRequest("GET", "/", nil)}); ok || id != (wxauth.Identity{}) {
		t.Errorf("an identity without a login: %v", id)
	}
}

func TestHandler(t *testing.T) {
	s := newServer(t)
	s.POST("/logout", ginauth.Handler(s.auth.LogoutHandler()))
	s.GET("/session", ginauth.Handler(s.auth.SessionHandler()))
	for _, test := range []struct {
		method, path string
		status       int
	}{{"GET", "/session", 200}, {"POST", "/logout", 204}, {"GET", "/session", 401}} {
		if status, body := s.send(test.method, test.path, s.token, ""); status != test.status {
			t.Errorf("%s: %d %s, want %d", test.path, status, body, test.status)
		}
	}
}
