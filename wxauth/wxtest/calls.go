package wxtest

import (
	"slices"
	"strings"
	"time"
)

// Call is one call that the server has received.
type Call struct {
	// Time is when the call ended, on the server's clock.
	Time time.Time
	// Host is the host in the request.
	Host string
	// Method is the HTTP method.
	Method string
	// Path is the path in the request, without the query.
	Path string
	// AppID is the mini program. It is "" if the request does not tell.
	AppID string
	// Status is the HTTP status of the reply. It is 0 if there was no reply.
	Status int
	// ErrCode is the errcode of the reply. It is 0 if there was none.
	ErrCode int

	// Request contains the parameters and the JSON body of the request, for people to
	// read. "[withheld]" replaces the AppSecret, codes, signatures, access tokens, keys
	// and phone numbers. It also replaces everything else that is not known to be
	// harmless.
	Request string
	// Reply contains the body of the reply, in the same form.
	Reply string
}

// keptCalls limits the number of recorded calls, so a server that runs for a long time
// does not use more and more memory.
const keptCalls = 1000

// Count returns how many calls of path have arrived. It counts a call when the call
// arrives, whatever the result. It also counts refused connections. An empty path
// counts the calls of all paths.
func (s *Server) Count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return countOf(s.counts, path)
}

// InFlight returns how many calls of path have arrived and have not ended yet. A call
// can end with a reply or without a reply. An empty path counts the calls of all paths.
func (s *Server) InFlight(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return countOf(s.inFlight, path)
}

// countOf returns the count of one path. If path is "", it returns the sum over all
// paths.
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

// Calls returns the calls that have ended, with or without a reply, in the order in
// which they ended. It returns at most the last 1,000 calls.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls[max(0, len(s.calls)-keptCalls):])
}

// ResetCalls deletes the calls that Count and Calls report.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.counts)
	s.calls = nil
}

// OnCall sets a function that the server calls when a Call ends, before the reply is
// sent. f replaces the function of an earlier OnCall. A nil f removes the function. The
// server may call f concurrently. f may use the Server.
func (s *Server) OnCall(f func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onCall = f
}

// record stores a call that has ended.
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

// appIDOf returns the appid of the mini program in a request. It returns "" if the
// request names no mini program of this server. The caller holds s.mu.
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
