package wxtest

import (
	"net/http"
	"slices"
	"time"
)

// Fault makes a call go wrong. Its fields combine. The zero value changes
// nothing; FailNext takes it for a call that works between others that fail.
//
// ErrCode, Status, Body, Echo, Redirect, Drop and Refuse replace WeChat's
// reply. WeChat then does not carry out the call, unless TakesEffect is set.
// The other fields let WeChat carry it out.
type Fault struct {
	// Path limits the fault to calls of one path, such as
	// "/sns/jscode2session". An empty Path means all calls.
	Path string

	// TakesEffect makes WeChat carry out the call before it goes wrong: the
	// code is used up, but the caller does not learn the result. It has no
	// effect with Refuse.
	TakesEffect bool

	// Delay is how long the reply takes. It ends early with the request's
	// context. Without TakesEffect, WeChat carries out the call after the
	// delay.
	Delay time.Duration
	// Hold holds the reply back until the test closes the channel. Otherwise
	// it is like Delay, and it begins when Delay has passed.
	Hold <-chan struct{}

	// ErrCode is the errcode of the reply.
	ErrCode int
	// ErrMsg is the errmsg, before its rid. The default is WeChat's text for
	// ErrCode.
	ErrMsg string
	// QuoteErrCode makes an errcode a JSON string: "errcode":"40029".
	QuoteErrCode bool

	// Status is the HTTP status. The default is 200, or 302 with Redirect. A
	// Status without ErrCode, Body or Echo has an empty body.
	Status int
	// Header is added to the reply's header, such as a Retry-After beside
	// Status 503.
	Header http.Header
	// Body is the reply's body, sent as it is.
	Body string
	// Echo makes the body repeat the request's whole URL, as a broken proxy
	// might.
	Echo bool
	// Redirect is the reply's Location, well formed or not.
	Redirect string
	// Truncate announces a body one byte longer than the body that is sent,
	// and then ends the connection.
	Truncate bool

	// Drop ends the connection without a reply. On a kept-alive HTTP/1.1
	// connection, net/http's own Transport then sends a GET a second time.
	Drop bool
	// Refuse refuses the connection. Through Transport that is an error of the
	// dial. Over a real connection, which exists already, it is the same as
	// Drop; to refuse real connections, close the Server.
	Refuse bool
}

func (f Fault) replacesReply() bool {
	return f.ErrCode != 0 || f.Status != 0 || f.Body != "" || f.Echo || f.Redirect != "" || f.Drop || f.Refuse
}

// FailNext queues faults. Each is used once, by the first call that its Path
// allows.
func (s *Server) FailNext(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// FailAlways applies a fault to every call that its Path allows and that gets
// none from FailNext, until ClearFaults or another FailAlways.
func (s *Server) FailAlways(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = &f
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.always = nil, nil
}

// takeFault returns the fault for a call of path. s.mu is held.
func (s *Server) takeFault(path string) Fault {
	for i, f := range s.faults {
		if f.Path == "" || f.Path == path {
			s.faults = slices.Delete(s.faults, i, i+1)
			return f
		}
	}
	if s.always != nil && (s.always.Path == "" || s.always.Path == path) {
		return *s.always
	}
	return Fault{}
}
