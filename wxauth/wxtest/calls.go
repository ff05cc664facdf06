package wxtest

import (
	"slices"
	"strings"
	"time"
)

// Call describes one call to the server after the end of the call.
type Call struct {
	// Time is the time at which the call ended, on the server's clock.
	Time time.Time
	// Host is the host that the request names.
	Host string
	// Method is the HTTP method.
	Method string
	// Path is the path of the URL, without the query.
	Path string
	// AppID is the appid of the mini program that the request is about. The server finds
	// the mini program by an appid in the query or in the JSON body, or by the access
	// token in the query. AppID is "" if the server finds no mini program.
	AppID string
	// Status is the HTTP status of the reply. It is 0 if there was no reply.
	Status int
	// ErrCode is the errcode of the reply. It is 0 if the reply has no errcode. It is also
	// 0 if the body of the reply is the Body of a Fault, or if a handler of HandleFunc
	// wrote the errcode as a string.
	ErrCode int

	// Request contains the query and the JSON body of the request as readable text. It
	// shows the values of some parameters and JSON members that normally contain no
	// secret, such as appid and openid. "[withheld]" replaces all other values, such as the
	// AppSecret, codes, signatures, access tokens, keys and phone numbers. It also
	// replaces unknown names of parameters and of JSON members, and a body that is not a
	// JSON object.
	Request string
	// Reply contains the body of the reply, with the same replacements as in Request.
	Reply string
}

// keptCalls is the maximum number of calls that Calls returns.
const keptCalls = 1000

// Count returns how many calls of path have arrived since the last ResetCalls. It includes
// calls that failed, even those that a [Fault] with Refuse refused. An empty path counts
// the calls of all paths.
func (s *Server) Count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return countOf(s.counts, path)
}

// InFlight returns how many calls of path are under way. A call counts from its arrival
// until the function of OnCall, if any, has returned, even if the call gets no reply. An
// empty path counts the calls of all paths.
func (s *Server) InFlight(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return countOf(s.inFlight, path)
}

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

// Calls returns the calls that have ended since the last ResetCalls, with or without a
// reply, in the order in which they ended. It returns at most the last 1,000 calls.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls[max(0, len(s.calls)-keptCalls):])
}

// ResetCalls deletes the calls that Calls returns and sets the counts of Count to 0. It
// does not change InFlight.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.counts)
	s.calls = nil
}

// OnCall makes the server run f at the end of every call, before the server sends the
// reply. The server also runs f for a call without a reply. f replaces the function of an
// earlier OnCall. A nil f removes the function. The server can run f for several calls at
// the same time. f is allowed to call methods of the Server.
func (s *Server) OnCall(f func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onCall = f
}

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

// appIDOf returns the value of Call.AppID for a request. The caller holds s.mu.
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
