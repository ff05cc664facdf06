package wxtest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Fault is what goes wrong with a call. Its fields combine; the zero value is a
// call with which nothing goes wrong, to put between others in FailNext.
//
// ErrCode, Status, Body, Echo, Redirect, Drop and Refuse take the place of
// WeChat's reply, and WeChat has not carried out the call unless TakesEffect
// is set. With the other fields it has.
type Fault struct {
	// Path limits the fault to calls of one path, such as
	// "/sns/jscode2session".
	Path string

	// TakesEffect lets WeChat carry out the call before it goes wrong: the code
	// is used up, but the caller does not get to know. Not with Refuse.
	TakesEffect bool

	// Delay is how long the reply takes, or until the request's context ends.
	// Without TakesEffect the call is carried out after the delay.
	Delay time.Duration

	// ErrCode is the errcode of the reply.
	ErrCode int
	// ErrMsg is the errmsg, before its rid; by default one that fits.
	ErrMsg string
	// QuoteErrCode makes an errcode a JSON string: "errcode":"40029".
	QuoteErrCode bool

	// Status is the HTTP status; by default 200, or 302 with Redirect. Alone it
	// comes with no body.
	Status int
	// Header is added to the reply's header.
	Header http.Header
	// Body is the body, as it is.
	Body string
	// Echo makes a body of the request's whole URL, as a broken proxy might.
	Echo bool
	// Redirect is the Location that the caller is sent to, well formed or not.
	Redirect string
	// Truncate makes Content-Length one more than the body has, and ends the
	// connection after it.
	Truncate bool

	// Drop ends the connection without a reply. On a kept-alive HTTP/1.1
	// connection net/http's own Transport then sends a GET again by itself.
	Drop bool
	// Refuse refuses the connection. Only through Transport is that an error of
	// the dial; over a connection, which is there already, it is the same as
	// Drop. (A closed Server refuses connections.)
	Refuse bool
}

func (f Fault) replacesReply() bool {
	return f.ErrCode != 0 || f.Status != 0 || f.Body != "" || f.Echo || f.Redirect != "" || f.Drop || f.Refuse
}

// FailNext queues faults for the calls to come: each is used once, by the first
// call that it is meant for.
func (s *Server) FailNext(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// FailAlways applies a fault to every call that it is meant for and that has
// none from FailNext, until ClearFaults or another FailAlways.
func (s *Server) FailAlways(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = &f
}

// ClearFaults takes back all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.always = nil, nil
}

// takeFault returns the fault for a call of path; s.mu is held.
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

// reply makes the reply to a call out of WeChat's answer and the fault. It
// returns the errcode it carries, too.
func (f Fault) reply(c *call, a answer) (reply, int) {
	if f.Drop || f.Refuse {
		return reply{lost: true}, 0
	}
	re := reply{status: http.StatusOK, header: make(http.Header), truncated: f.Truncate}
	contentType, errcode := "application/json", 0
	if c.path == pathCode2Session {
		contentType = "text/plain" // it is JSON all the same
	}
	switch {
	case f.Body != "":
		re.body = []byte(f.Body)
	case f.Echo:
		contentType = "text/html"
		re.body = []byte("<html><body>cannot handle " + c.method + " " + c.url + "</body></html>")
	case f.ErrCode != 0:
		errcode = f.ErrCode
		re.body = failure(f.ErrCode, f.ErrMsg, f.QuoteErrCode)
	case f.Status != 0 || f.Redirect != "":
		contentType = "text/html"
	case a.code != 0:
		errcode = a.code
		re.body = failure(a.code, "", f.QuoteErrCode)
	case a.value != nil:
		re.body = mustMarshal(a.value)
	default:
		re.status, contentType = a.status, "text/html"
	}
	if f.Redirect != "" {
		re.status = http.StatusFound
		re.header.Set("Location", f.Redirect)
	}
	if f.Status != 0 {
		re.status = f.Status
	}
	length := len(re.body)
	if f.Truncate {
		length++
	}
	re.header.Set("Content-Type", contentType)
	re.header.Set("Content-Length", strconv.Itoa(length))
	for name, values := range f.Header {
		re.header[http.CanonicalHeaderKey(name)] = values
	}
	return re, errcode
}
