package wxtest

import (
	"net/http"
	"slices"
	"time"
)

// Fault makes a call fail. Its fields can be combined. The zero value changes nothing.
// Pass the zero value to FailNext for a call that succeeds between calls that fail.
//
// ErrCode, Status, Body, Echo, Redirect, Drop and Refuse replace WeChat's
// reply. WeChat then does not carry out the call, unless TakesEffect is set.
// The other fields let WeChat carry it out.
type Fault struct {
	// Path limits the fault to calls of one path, such as
	// "/sns/jscode2session". An empty Path means all calls.
	Path string

	// TakesEffect makes WeChat carry out the call before the fault: the code is used
	// up, but the caller does not learn the result. TakesEffect has no effect with
	// Refuse.
	TakesEffect bool

	// Delay is how long the reply takes. The delay ends early if the request's context
	// ends. Without TakesEffect, WeChat carries out the call after the delay.
	Delay time.Duration
	// Hold delays the reply until the test closes the channel. Apart from this, it
	// works like Delay. Hold begins after Delay.
	Hold <-chan struct{}

	// ErrCode is the errcode of the reply.
	ErrCode int
	// ErrMsg is the errmsg without the rid, which is appended. The default is WeChat's
	// text for ErrCode.
	ErrMsg string
	// QuoteErrCode makes an errcode a JSON string: "errcode":"40029".
	QuoteErrCode bool

	// Status is the HTTP status. The default is 200, or 302 with Redirect. If
	// Status is set without ErrCode, Body or Echo, the reply has an empty body.
	Status int
	// Header is added to the reply's header, for example Retry-After with Status 503.
	Header http.Header
	// Body is the reply's body, sent unchanged.
	Body string
	// Echo makes the reply's body contain the request's whole URL, as a faulty proxy
	// might do.
	Echo bool
	// Redirect is the reply's Location. It may be malformed.
	Redirect string
	// Truncate sets a Content-Length one byte longer than the body, and closes the
	// connection after the body.
	Truncate bool

	// Drop closes the connection without a reply. If the HTTP/1.1 connection was used
	// before, net/http's own Transport sends a GET a second time.
	Drop bool
	// Refuse refuses the connection. With Transport, the caller gets a dial error. With
	// a real connection, Refuse is the same as Drop, because the connection already
	// exists. To refuse real connections, close the Server.
	Refuse bool
}

func (f Fault) replacesReply() bool {
	return f.ErrCode != 0 || f.Status != 0 || f.Body != "" || f.Echo || f.Redirect != "" || f.Drop || f.Refuse
}

// FailNext queues faults. Each fault is used once, for the first call that matches its
// Path.
func (s *Server) FailNext(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// FailAlways applies a fault to every call that matches its Path, until ClearFaults or
// another FailAlways. A fault from FailNext takes precedence.
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
