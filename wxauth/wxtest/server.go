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

// Server simulates WeChat's API. Use NewServer to create a Server. A Server is safe for
// concurrent use.
type Server struct {
	mu         sync.Mutex
	offset     time.Duration // the sum of the durations passed to Advance
	latency    time.Duration
	keyRefresh time.Duration
	apps       map[string]*app         // by appid
	platforms  map[string]*Platform    // by component appid
	codes      map[string]*oneTimeCode // by text
	codeOrder  []string                // texts of these codes, oldest first; the oldest expires first
	tokens     map[string]*accessToken // by text; for the query parameter access_token
	endpoints  map[string]endpoint     // by path; added by HandleFunc
	faults     []Fault
	always     *Fault
	counts     map[string]int // by path
	inFlight   map[string]int // by path
	calls      []Call
	onCall     func(Call)

	componentTokens map[string]*accessToken // by text; for the query parameter component_access_token

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
	token      *accessToken // the newest access token from POST /cgi-bin/stable_token
	forced     []time.Time  // times at which force_refresh made a new token, oldest first
}

// NewServer returns a fake WeChat that serves the given mini programs. It uses only the
// ID and the Secret of each App. If an App has no Secret, only a [Platform] can exchange
// the login codes of the App's users. NewServer does not start a listener.
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
// first call starts a listener, which Close stops. URL panics if it cannot listen or if
// the Server is closed.
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

// Close stops the listener that URL started, and closes the listener's connections. New
// connections to the URL are refused. [Server.Transport] still works after Close.
func (s *Server) Close() {
	s.listening.Lock()
	defer s.listening.Unlock()
	s.closed = true
	if s.http != nil {
		s.http.Close()
		<-s.served
	}
}

// Advance moves the server's clock forward by d. Codes, access tokens and the keys that a
// call of getuserencryptkey returns expire by this clock. The watermark that
// [Phone.Encrypt] adds contains the time of this clock. Advance panics if d is negative.
func (s *Server) Advance(d time.Duration) {
	if d < 0 {
		panic("wxtest: Advance goes forward only")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
}

// now returns the time on the server's clock. The caller holds s.mu.
func (s *Server) now() time.Time { return time.Now().Add(s.offset) }

// mustApp returns the mini program appID. The caller holds s.mu.
func (s *Server) mustApp(appID string) *app {
	a := s.apps[appID]
	if a == nil {
		panic("wxtest: NewServer was given no mini program " + strconv.Quote(appID))
	}
	return a
}
