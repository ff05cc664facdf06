package muxtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"

var app = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

type breakable struct {
	*stores.Memory
	broken atomic.Bool
}

var errBroken = errors.New("the store is down")

func (s *breakable) CommitCtx(ctx context.Context, key string, b []byte, expiry time.Time) error {
	if s.broken.Load() {
		return errBroken
	}
	return s.Memory.CommitCtx(ctx, key, b, expiry)
}

func (s *breakable) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (bool, error) {
	if s.broken.Load() {
		return false, errBroken
	}
	return s.Memory.CompareAndSwapCtx(ctx, key, old, new, expiry)
}

type application struct {
	auth      *wxauth.Auth
	sessions  *scs.SessionManager
	store     *breakable
	phone     *wxtest.Phone
	outermost bool // whether wxauth.Outermost wraps the server's whole handler

	arrived chan struct{} // application.stream sends a value here after the first part of its reply
	release chan struct{} // the test closes release to let application.stream send the second part
}

func newApplication(t *testing.T, change ...func(*wxauth.Config)) *application {
	t.Helper()
	wechat := wxtest.NewServer(app)
	a := &application{
		sessions: wxauth.NewSessions(),
		store:    &breakable{Memory: stores.NewMemory()},
		phone:    wechat.Phone(app.ID, openID),
		arrived:  make(chan struct{}, 1),
		release:  make(chan struct{}),

		outermost: true,
	}
	a.sessions.Store = a.store
	config := wxauth.Config{
		Apps:     []wxauth.App{app},
		Sessions: a.sessions,
		API:      wxapi.Options{Transport: wechat.Transport()},
		Logger:   slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&config)
	}
	var err error
	if a.auth, err = wxauth.New(config); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *application) steps(w http.ResponseWriter, r *http.Request) {
	var data wxauth.Encrypted
	if err := json.NewDecoder(r.Body).Decode(&data); err != nil {
		http.Error(w, "bad JSON", http.StatusBadRequest)
		return
	}
	var run wxapi.WeRunData
	if err := a.auth.Decrypt(r.Context(), data, &run); err != nil {
		a.auth.WriteError(w, r, err)
		return
	}
	fmt.Fprint(w, run.StepInfoList[0].Step)
}

func (a *application) cart(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	before := a.sessions.GetString(r.Context(), "cart")
	a.sessions.Put(r.Context(), "cart", q.Get("item"))
	size, _ := strconv.Atoi(q.Get("size"))
	io.WriteString(w, before+strings.Repeat("x", size))
}

func (a *application) stream(w http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "cart", "streamed")
	io.WriteString(w, "one ")
	http.NewResponseController(w).Flush()
	a.arrived <- struct{}{}
	<-a.release
	io.WriteString(w, "two")
}

func (a *application) panics(_ http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "cart", "lost")
	panic("a mistake of the application")
}

func cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

type server struct {
	url      string
	shutdown func(context.Context) error // stops the server and waits for the requests in progress
}

func serve(t *testing.T, a *application, h http.Handler) server {
	t.Helper()
	if a.outermost {
		h = wxauth.Outermost(h)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Serve(l)
	}()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return server{"http://" + l.Addr().String(), s.Shutdown}
}

type client struct {
	t     *testing.T
	url   string
	token string
}

type request struct{ method, path, contentType, body string }

// do sends a request over a new connection. If the server breaks a connection that was
// used before, net/http can repeat a GET. A test would then miss the broken connection.
func (c *client) do(q request, header ...string) (*http.Response, error) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), q.method, c.url+q.path, strings.NewReader(q.body))
	if err != nil {
		c.t.Fatal(err)
	}
	if q.contentType != "" {
		r.Header.Set("Content-Type", q.contentType)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	r.Close = true
	return http.DefaultTransport.RoundTrip(r)
}

func (c *client) send(q request) (int, string, error) {
	c.t.Helper()
	reply, err := c.do(q)
	if err != nil {
		return 0, "", err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	return reply.StatusCode, string(body), err
}

// want compares text with the body of the reply. If the body is JSON with an error code,
// want compares text with this code instead.
func (c *client) want(status int, text string, q request) {
	c.t.Helper()
	got, body, err := c.send(q)
	var problem struct{ Code string }
	if json.Unmarshal([]byte(body), &problem); problem.Code != "" {
		body = problem.Code
	}
	if got != status || body != text || err != nil {
		c.t.Errorf("%s %s: %d %s (%v), want %d %s", q.method, q.path, got, body, err, status, text)
	}
}

func (c *client) logIn(a *application) {
	c.t.Helper()
	_, body, err := c.send(request{"POST", "/login", "application/json", `{"code":"` + a.phone.Login() + `"}`})
	var reply struct{ Token string }
	json.Unmarshal([]byte(body), &reply)
	if c.token = reply.Token; len(c.token) != 43 {
		c.t.Fatalf("login: %s (%v)", body, err)
	}
}

func get(path string) request  { return request{method: "GET", path: path} }
func post(path string) request { return request{method: "POST", path: path} }
