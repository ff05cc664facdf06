package wxtest

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Server is a fake WeChat. Use NewServer to make one. It is safe for concurrent use.
type Server struct {
	mu         sync.Mutex
	offset     time.Duration // how far Advance has moved the clock
	latency    time.Duration
	keyRefresh time.Duration
	apps       map[string]*app      // by appid
	platforms  map[string]*Platform // by component appid
	codes      map[string]*oneTimeCode
	codeOrder  []string                // oldest first; all codes live equally long
	tokens     map[string]*accessToken // by their text
	endpoints  map[string]endpoint     // by path; the test added them
	faults     []Fault
	always     *Fault
	counts     map[string]int // by path
	inFlight   map[string]int // by path
	calls      []Call
	onCall     func(Call)

	componentTokens map[string]*accessToken // by their text

	listening sync.Mutex // guards the fields below
	url       string
	http      *http.Server
	served    chan struct{}
	closed    bool
}

// app is one mini program and its users.
type app struct {
	id, secret string
	users      map[string]*user
	token      *accessToken // the newest
	forced     []time.Time  // the forced refreshes of the last day
}

// NewServer returns a fake WeChat that serves the given mini programs. It uses their ID
// and Secret only. A mini program may have no Secret, for example if a platform serves
// it. NewServer does not start a listener; URL does.
func NewServer(apps ...wxapi.App) *Server {
	s := &Server{
		apps:            make(map[string]*app),
		platforms:       make(map[string]*Platform),
		codes:           make(map[string]*oneTimeCode),
		tokens:          make(map[string]*accessToken),
		componentTokens: make(map[string]*accessToken),
		endpoints:       make(map[string]endpoint),
		counts:          make(map[string]int),
		inFlight:        make(map[string]int),
	}
	for _, a := range apps {
		s.apps[a.ID] = &app{id: a.ID, secret: a.Secret, users: make(map[string]*user)}
	}
	return s
}

// URL returns the server's base URL on loopback, such as "http://127.0.0.1:40123". The
// first call starts a listener, and Close stops it. URL panics if it cannot listen or
// if the Server is closed.
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

// Close stops the listener that URL started, and closes its connections. New
// connections to URL are refused. Transport still works.
func (s *Server) Close() {
	s.listening.Lock()
	defer s.listening.Unlock()
	s.closed = true
	if s.http != nil {
		s.http.Close()
		<-s.served
	}
}

// Advance moves the server's clock forward by d. Codes, access tokens and the
// watermarks of encrypted data follow this clock. Advance panics if d is
// negative.
func (s *Server) Advance(d time.Duration) {
	if d < 0 {
		panic("wxtest: Advance goes forward only")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
}

// now returns the time on the server's clock. s.mu is held.
func (s *Server) now() time.Time { return time.Now().Add(s.offset) }

// mustApp returns the mini program that the test named. s.mu is held.
func (s *Server) mustApp(appID string) *app {
	a := s.apps[appID]
	if a == nil {
		panic("wxtest: NewServer was given no mini program " + strconv.Quote(appID))
	}
	return a
}
