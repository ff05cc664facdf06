package wxtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Server is a fake WeChat. Make one with NewServer.
type Server struct {
	mu         sync.Mutex
	offset     time.Duration // by how much Advance has moved the clock
	keyRefresh time.Duration
	apps       map[string]*app
	codes      map[string]*code
	codeOrder  []string // oldest first; all live equally long
	tokens     map[string]*token
	faults     []Fault
	always     *Fault
	counts     map[string]int
	calls      []Call
	onCall     func(Call)

	listening sync.Mutex // guards what follows
	url       string
	http      *http.Server
	served    chan struct{}
	closed    bool
}

// app is one mini program and its users.
type app struct {
	id, secret string
	users      map[string]*user
	token      *token      // the newest
	forced     []time.Time // the forced refreshes of the last day
}

// NewServer returns a fake WeChat that knows the given mini programs. It
// starts nothing: a listener is there once URL has been called.
func NewServer(apps ...wxapi.App) *Server {
	s := &Server{
		apps:   make(map[string]*app),
		codes:  make(map[string]*code),
		tokens: make(map[string]*token),
		counts: make(map[string]int),
	}
	for _, a := range apps {
		s.apps[a.ID] = &app{id: a.ID, secret: a.Secret, users: make(map[string]*user)}
	}
	return s
}

// URL returns the server's base URL on loopback, such as
// "http://127.0.0.1:40123", and starts to listen there when first called. Call
// Close in the end. It panics if it cannot listen or the Server is closed.
func (s *Server) URL() string {
	s.listening.Lock()
	defer s.listening.Unlock()
	if s.closed {
		panic("wxtest: URL of a closed Server")
	}
	if s.http == nil {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(fmt.Sprintf("wxtest: listening on loopback: %v", err))
		}
		s.url = "http://" + l.Addr().String()
		s.http = &http.Server{Handler: s}
		s.served = make(chan struct{})
		go func() {
			defer close(s.served)
			s.http.Serve(l)
		}()
	}
	return s.url
}

// Close stops the listener, if there is one, and cuts its connections. From
// then on a connection to URL is refused. Transport goes on working.
func (s *Server) Close() {
	s.listening.Lock()
	defer s.listening.Unlock()
	s.closed = true
	if s.http != nil {
		s.http.Close()
		<-s.served
	}
}

// Advance moves the server's clock on by d, which is not negative: codes,
// access tokens and the watermarks of encrypted data go by it.
func (s *Server) Advance(d time.Duration) {
	if d < 0 {
		panic("wxtest: Advance goes forward only")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
}

// now is the time on the server's clock; s.mu is held.
func (s *Server) now() time.Time { return time.Now().Add(s.offset) }

// mustApp returns a mini program that the test has named; s.mu is held.
func (s *Server) mustApp(appID string) *app {
	a := s.apps[appID]
	if a == nil {
		panic("wxtest: NewServer was given no mini program " + strconv.Quote(appID))
	}
	return a
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	c := newCall(r, r.ContentLength, body)
	c.host = r.Host
	c.url = scheme + "://" + r.Host + r.URL.RequestURI()

	f := s.begin(c)
	re, err := s.finish(r.Context(), c, f)
	if err != nil || re.lost {
		panic(http.ErrAbortHandler) // closes the connection, or resets the HTTP/2 stream
	}
	for name, values := range re.header {
		w.Header()[name] = values
	}
	w.WriteHeader(re.status)
	w.Write(re.body) // net/http ends the connection if that is less than Content-Length
}

// reply is what goes back for one call.
type reply struct {
	lost      bool // nothing goes back
	status    int
	header    http.Header
	body      []byte
	truncated bool // the connection ends before Content-Length is reached
}

// begin counts a call that arrives and takes the fault that is meant for it.
func (s *Server) begin(c *call) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[c.path]++
	return s.takeFault(c.path)
}

// finish carries the call out, as far as the fault lets it, and records it. An
// error says that ctx ended during a delay.
func (s *Server) finish(ctx context.Context, c *call, f Fault) (reply, error) {
	var a answer
	if f.TakesEffect && !f.Refuse {
		a = s.act(c)
	}
	if err := wait(ctx, f.Delay); err != nil {
		s.record(c, reply{}, 0)
		return reply{}, err
	}
	if !f.TakesEffect && !f.replacesReply() {
		a = s.act(c)
	}
	re, errcode := f.reply(c, a)
	s.record(c, re, errcode)
	return re, nil
}

// wait waits for d or the end of ctx.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
