package wafer_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wafer"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"

var app = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

const (
	magic = "F2C224D4-2BCE-4C64-AF9F-A6D872000D1A"
	token = `^[A-Za-z0-9_-]{43}$`
)

type breakable struct {
	*stores.Memory
	broken bool
}

func (s *breakable) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	if s.broken {
		return nil, false, errors.New("the store is down")
	}
	return s.Memory.FindCtx(ctx, key)
}

type server struct {
	http.Handler
	phone  *wxtest.Phone
	wechat *wxtest.Server
	store  *breakable
}

func newServer(t *testing.T, change ...func(*wxauth.Config)) *server {
	t.Helper()
	wechat := wxtest.NewServer(app)
	store := &breakable{Memory: stores.NewMemory()}
	sessions := wxauth.NewSessions()
	sessions.Store = store
	config := wxauth.Config{
		Apps:     []wxauth.App{app},
		Sessions: sessions,
		API:      wxapi.Options{Transport: wechat.Transport()},
		Logger:   slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&config)
	}
	wafer.Configure(&config)
	auth, err := wxauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /weapp/login", auth.LoginHandler())
	mux.Handle("POST /weapp/logout", auth.LogoutHandler())
	mux.Handle("GET /weapp/user", auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(`"a user"`))
	})))
	return &server{mux, wechat.Phone(app.ID, openID), wechat, store}
}

func (s *server) do(t *testing.T, method, path string, header ...string) (*http.Response, any) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var body any
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatalf("%s: %v", w.Body, err)
		}
	}
	if strings.Contains(w.Body.String(), openID) {
		t.Errorf("the openid is in the reply: %s", w.Body)
	}
	return w.Result(), body
}

func (s *server) login(t *testing.T) string {
	t.Helper()
	_, body := s.do(t, "GET", "/weapp/login", "X-WX-Code", s.phone.Login())
	skey, _ := body.(map[string]any)["data"].(map[string]any)["skey"].(string)
	if !regexp.MustCompile(token).MatchString(skey) {
		t.Fatalf("login: no token in %v", body)
	}
	return skey
}

func TestLogin(t *testing.T) {
	s := newServer(t)
	reply, body := s.do(t, "GET", "/weapp/login", "X-WX-Code", s.phone.Login(),
		"X-WX-Encrypted-Data", "bm90aGluZw==", "X-WX-IV", "bm90aGluZw==")
	skey := body.(map[string]any)["data"].(map[string]any)["skey"]
	want := map[string]any{
		"code":    0.0,
		"data":    map[string]any{"skey": skey, "userinfo": map[string]any{}},
		magic:     1.0,
		"session": map[string]any{"id": "1", "skey": skey},
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Error(diff)
	}
	if reply.StatusCode != http.StatusOK || reply.Header.Get("Content-Type") != "application/json" ||
		reply.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("have %d %v", reply.StatusCode, reply.Header)
	}
	if reply, body := s.do(t, "GET", "/weapp/user", "X-WX-Id", "1", "X-WX-Skey", skey.(string)); body != "a user" {
		t.Errorf("with the token: %d %v", reply.StatusCode, body)
	}
}

// Only the answer to a missing or invalid token is allowed to make the SDKs log in again
// immediately. The variable ended contains this answer.
func TestErrors(t *testing.T) {
	type object = map[string]any
	ended := object{"code": -1.0, magic: 1.0, "error": "ERR_INVALID_SESSION", "message": "Unauthorized"}
	tests := map[string]struct {
		header func(*server) []string
		fault  wxtest.Fault
		broken bool
		path   string
		status int
		want   object
	}{
		"no token":        {path: "/weapp/user", status: 401, want: ended},
		"unknown token":   {path: "/weapp/user", header: skey(strings.Repeat("x", 43)), status: 401, want: ended},
		"malformed token": {path: "/weapp/user", header: skey("' OR 1=1"), status: 401, want: ended},
		"bearer token": {
			path: "/weapp/user", status: 401, want: ended,
			header: func(s *server) []string { return []string{"Authorization", "Bearer " + s.login(t)} },
		},
		"two tokens": {
			path: "/weapp/user", status: 401, want: ended,
			header: func(s *server) []string {
				skey := s.login(t)
				return []string{"X-WX-Skey", skey, "X-WX-Skey", skey}
			},
		},
		"store down": {
			path: "/weapp/user", status: 503, broken: true,
			header: func(s *server) []string { return []string{"X-WX-Skey", s.login(t)} },
			want:   object{"code": 503.0, "error": "store_unavailable", "message": "Service Unavailable"},
		},
		"no code": {
			path: "/weapp/login", status: 400,
			want: object{"code": 400.0, "error": "invalid_request", "message": "Bad Request"},
		},
		"wrong code": {
			path: "/weapp/login", header: code("made up"), status: 400,
			want: object{"code": 400.0, magic: 1.0, "error": "invalid_code", "message": "Bad Request"},
		},
		"user blocked": {
			path: "/weapp/login", header: code("any"), fault: wxtest.Fault{ErrCode: 40226}, status: 403,
			want: object{"code": 403.0, magic: 1.0, "error": "login_denied", "message": "Forbidden"},
		},
		"WeChat down": {
			path: "/weapp/login", header: code("any"), fault: wxtest.Fault{Refuse: true}, status: 503,
			want: object{"code": 503.0, magic: 1.0, "error": "wechat_unavailable", "message": "Service Unavailable"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			var header []string
			if test.header != nil {
				header = test.header(s)
			}
			if test.fault.ErrCode != 0 || test.fault.Refuse {
				s.wechat.FailAlways(test.fault)
			}
			s.store.broken = test.broken
			reply, body := s.do(t, "GET", test.path, header...)
			if reply.StatusCode != test.status {
				t.Errorf("status %d, want %d", reply.StatusCode, test.status)
			}
			if diff := cmp.Diff(any(test.want), body); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func code(value string) func(*server) []string {
	return func(*server) []string { return []string{"X-WX-Code", value} }
}

func skey(value string) func(*server) []string {
	return func(*server) []string { return []string{"X-WX-Skey", value} }
}

func TestLogout(t *testing.T) {
	s := newServer(t)
	skey := s.login(t)
	other := s.login(t)
	if reply, _ := s.do(t, "POST", "/weapp/logout", "X-WX-Id", "1", "X-WX-Skey", skey); reply.StatusCode != http.StatusNoContent {
		t.Errorf("logout: %d", reply.StatusCode)
	}
	if reply, _ := s.do(t, "GET", "/weapp/user", "X-WX-Id", "1", "X-WX-Skey", skey); reply.StatusCode != http.StatusUnauthorized {
		t.Errorf("after logout: %d", reply.StatusCode)
	}
	if reply, _ := s.do(t, "GET", "/weapp/user", "X-WX-Id", "1", "X-WX-Skey", other); reply.StatusCode != http.StatusOK {
		t.Errorf("the other login: %d", reply.StatusCode)
	}
}

// The answer to the token of a replaced login must not make an SDK log in again immediately:
// no 401, no code -1, no ERR_INVALID_SESSION.
func TestReplacedLogin(t *testing.T) {
	s := newServer(t, func(c *wxauth.Config) { c.MaxLogins = 1 })
	first := s.login(t)
	s.login(t) // this login replaces the first login, as if it came from another phone
	reply, body := s.do(t, "GET", "/weapp/user", "X-WX-Id", "1", "X-WX-Skey", first)
	detail, _ := body.(map[string]any)["message"].(string)
	want := map[string]any{"code": 403.0, magic: 1.0, "error": "replaced", "message": detail}
	if diff := cmp.Diff(any(want), body); diff != "" || reply.StatusCode != http.StatusForbidden || detail == "" {
		t.Errorf("%d %s", reply.StatusCode, diff)
	}
}
