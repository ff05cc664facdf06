package wxtest

import (
	"net/http"
	"slices"
	"time"
)

// Fault describes how a call fails or is delayed. Its fields can be combined. The zero
// value changes nothing. In the arguments of FailNext, the zero value lets one call
// succeed.
//
// ErrCode, Status, Body, Echo, Redirect, Drop and Refuse replace WeChat's reply. WeChat
// then does not carry out the call, unless TakesEffect is set. With the other fields
// alone, WeChat carries out the call.
type Fault struct {
	// Path limits the fault to calls of one path, such as "/sns/jscode2session". An empty
	// Path matches all calls.
	Path string

	// TakesEffect makes WeChat carry out the call before the fault. A login then uses up
	// its code, even if the caller gets an error. TakesEffect has no effect with Refuse.
	TakesEffect bool

	// Delay is the time that the server waits before it replies. The wait ends early if
	// the request's context ends. Without TakesEffect, WeChat carries out the call only
	// after the wait.
	Delay time.Duration
	// Hold makes the server wait until the test closes the channel. This wait begins
	// after Delay. The rules for Delay also apply to Hold.
	Hold <-chan struct{}

	// ErrCode is the errcode of the reply.
	ErrCode int
	// ErrMsg is the errmsg for ErrCode. The server appends a rid. The default is WeChat's
	// text for ErrCode.
	ErrMsg string
	// QuoteErrCode makes the errcode of a refusal a JSON string: "errcode":"40029".
	QuoteErrCode bool

	// Status is the HTTP status. The default is 302 with Redirect. Without Redirect, the
	// default is the status of WeChat's reply, normally 200. If Status is set without
	// ErrCode, Body or Echo, the reply has an empty body.
	Status int
	// Header sets fields in the header of the reply, for example Retry-After with Status
	// 503.
	Header http.Header
	// Body is the body of the reply. The server sends it unchanged.
	Body string
	// Echo puts the whole URL of the request, including secrets, into the body of the
	// reply. A faulty proxy can do this.
	Echo bool
	// Redirect is the Location header of the reply. A malformed value is allowed.
	Redirect string
	// Truncate makes the Content-Length one byte more than the length of the body. The
	// server breaks the connection after the body.
	Truncate bool

	// Drop closes the connection without a reply. On a reused HTTP/1.1 connection,
	// http.Transport then sends a GET request a second time.
	Drop bool
	// Refuse refuses the connection. With [Server.Transport], the caller gets a dial
	// error. With a real connection, Refuse works like Drop, because the connection
	// exists before the server reads the request. To refuse real connections, close the
	// Server.
	Refuse bool
}

func (f Fault) replacesReply() bool {
	return f.ErrCode != 0 || f.Status != 0 || f.Body != "" || f.Echo || f.Redirect != "" || f.Drop || f.Refuse
}

// FailNext adds faults to a queue. Each fault applies to one call. A call takes the first
// fault in the queue whose Path matches.
func (s *Server) FailNext(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// FailAlways applies a fault to every call that matches its Path, until ClearFaults or
// another FailAlways. A fault of FailNext takes precedence.
func (s *Server) FailAlways(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = &f
}

// ClearFaults removes the faults of FailNext and FailAlways.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.always = nil, nil
}

// takeFault returns the fault for a call of path. It removes a fault of FailNext from the
// queue. The caller holds s.mu.
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
