package wxtest

import (
	"slices"
	"strings"
	"time"
)

// Call is one call that the server has seen.
type Call struct {
	Time    time.Time // when the call ended, on the server's clock
	Host    string    // as the request named it
	Method  string
	Path    string
	AppID   string // the mini program, or "" if the request does not tell
	Status  int    // HTTP status of the reply; 0 if there was no reply
	ErrCode int    // errcode of the reply; 0 if there was none

	// Request and Reply are for people to read: the parameters and the JSON
	// body of the request, and the body of the reply. "[withheld]" replaces the
	// AppSecret, codes, signatures, access tokens, keys and phone numbers, and
	// everything else that is not known to be harmless.
	Request string
	Reply   string
}

// keptCalls bounds the calls that are remembered, so that a server that runs
// for long does not grow.
const keptCalls = 1000

// Count returns how many calls of path have arrived. A call counts from its
// arrival, whatever becomes of it; a refused connection counts, too. An empty
// path counts the calls of all paths.
func (s *Server) Count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return countOf(s.counts, path)
}

// InFlight returns how many calls of path have arrived and not ended, either
// with a reply or without. An empty path counts the calls of all paths.
func (s *Server) InFlight(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return countOf(s.inFlight, path)
}

// countOf returns the count of one path, or the sum over all for "".
func countOf(counts map[string]int, path string) int {
	if path != "" {
		return counts[path]
	}
	n := 0
	for _, count := range counts {
		n += count
	}
	return n
}

// Calls returns the calls that have ended, with a reply or without, in the
// order in which they ended. It returns the last 1,000 at most.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls[max(0, len(s.calls)-keptCalls):])
}

// ResetCalls forgets the calls that Count and Calls report.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.counts)
	s.calls = nil
}

// OnCall makes the server call f with each call as it ends, before its reply is
// sent. It replaces the function of an earlier OnCall; nil ends it. Calls that
// end at the same time call f at the same time. f may use the Server.
func (s *Server) OnCall(f func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onCall = f
}

// record remembers a call that has ended.
func (s *Server) record(q *request, re reply, errcode int) {
	seen := Call{
		Host:    q.host,
		Method:  q.method,
		Path:    q.path,
		Status:  re.status,
		ErrCode: errcode,
		Request: strings.TrimSpace(readableQuery(q.query) + " " + readableJSON(q.body)),
		Reply:   readableJSON(re.body),
	}
	s.mu.Lock()
	seen.Time = s.now()
	seen.AppID = s.appIDOf(q)
	if len(s.calls) >= 2*keptCalls {
		s.calls = slices.Clone(s.calls[len(s.calls)-keptCalls:])
	}
	s.calls = append(s.calls, seen)
	onCall := s.onCall
	s.mu.Unlock()
	if onCall != nil {
		onCall(seen)
	}
}

// appIDOf returns the appid of the mini program that a request is for, or "" if
// it names none of the server's. s.mu is held.
func (s *Server) appIDOf(q *request) string {
	for _, id := range []string{q.query.Get("appid"), q.text("appid")} {
		if s.apps[id] != nil {
			return id
		}
	}
	if t := s.tokens[q.query.Get("access_token")]; t != nil {
		return t.app.id
	}
	return ""
}
