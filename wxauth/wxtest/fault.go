package wxtest

import (
	"net/http"
	"slices"
	"time"
)

// Fault describes how a call fails or is delayed. Its fields can be combined. Body takes
// precedence over Echo, and Echo over ErrCode. The zero value changes nothing. In the
// arguments of FailNext, the zero value lets one call pass without a fault.
//
// ErrCode, Status, Body, Echo and Redirect replace WeChat's reply. Drop and Refuse prevent
// the reply. If one of these seven fields is set and TakesEffect is not set, WeChat does
// not carry out the call.
type Fault struct {
	// Path limits the fault to calls of one path, such as "/sns/jscode2session". An empty
	// Path matches all calls.
	Path string

	// TakesEffect makes WeChat carry out the call before the fault. A call of
	// jscode2session then uses up the login code, even if the caller gets an error. The
	// server ignores TakesEffect if Refuse is set.
	TakesEffect bool

	// Delay is the time that the server waits before it replies or fails the call. If the
	// request's context ends during the wait, the call ends without a reply. A call that
	// takes effect does so after the wait, or before the wait if TakesEffect is set.
	Delay time.Duration
	// Hold makes the server wait until the test closes the channel. The wait for Hold
	// begins after Delay. The rules of Delay about the request's context and about
	// TakesEffect also apply to Hold.
	Hold <-chan struct{}

	// ErrCode is the errcode of the reply.
	ErrCode int
	// ErrMsg is the errmsg for ErrCode. The default is WeChat's text for ErrCode, or
	// "error" if wxtest does not know the text. The server appends a random request ID
	// (rid), as WeChat does.
	ErrMsg string
	// QuoteErrCode makes the errcode of a refusal a JSON string: "errcode":"40029".
	QuoteErrCode bool

	// Status is the HTTP status. The default is 302 if Redirect is set. It is 200 if
	// ErrCode, Body or Echo is set without Redirect. Otherwise the default is the status of
	// WeChat's reply, normally 200. If Status is set without ErrCode, Body or Echo, the
	// reply has an empty body.
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
	// Truncate makes the Content-Length one byte more than the length of the body. After
	// the last byte of the body, the caller gets a read error instead of the missing byte.
	Truncate bool

	// Drop closes an HTTP/1.1 connection without a reply. If a GET request came over a
	// reused connection, http.Transport then sends the request a second time. Over HTTP/2,
	// Drop resets the stream. With [Server.Transport], the caller gets io.ErrUnexpectedEOF.
	Drop bool
	// Refuse simulates a refused connection. With [Server.Transport], the caller gets a
	// dial error. Over a real connection, the caller gets the same failure as with Drop,
	// because the connection exists before the server reads the request. To refuse real
	// connections to Server.URL, call [Server.Close].
	Refuse bool
}

func (f Fault) replacesReply() bool {
	return f.ErrCode != 0 || f.Status != 0 || f.Body != "" || f.Echo || f.Redirect != "" || f.Drop || f.Refuse
}

// FailNext adds faults to a queue. Each fault applies to one call. A call takes the first
// queued fault whose Path matches the call.
func (s *Server) FailNext(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// FailAlways applies f to every later call whose path matches f.Path, until ClearFaults or
// another FailAlways. A matching fault of FailNext takes precedence.
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

// takeFault returns the fault for a call of path, or the zero Fault if none matches. The
// caller holds s.mu.
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
