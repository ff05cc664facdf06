package wxtest

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Call is one call that the server has seen.
type Call struct {
	Time    time.Time // when it was answered, on the server's clock
	Host    string    // as the request named it
	Method  string
	Path    string
	AppID   string // of the mini program, as far as the request tells; else ""
	Status  int    // HTTP status answered; 0 if there was no reply
	ErrCode int    // errcode answered; 0 if there was none

	// Request and Reply are for people to read: the parameters and the JSON
	// body of the request, and the body of the reply. "[withheld]" stands for
	// the AppSecret, codes, signatures, access tokens, keys and phone numbers,
	// and for everything else that is not known to be harmless.
	Request string
	Reply   string
}

// keptCalls is how many calls are remembered, so that a server that runs for
// long does not grow.
const keptCalls = 1000

// Count returns how many calls of path have arrived, from their arrival on and
// whatever became of them; a refused connection counts too. With "" it is the
// calls of all paths.
func (s *Server) Count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if path != "" {
		return s.counts[path]
	}
	n := 0
	for _, count := range s.counts {
		n += count
	}
	return n
}

// Calls returns the calls that have ended, with a reply or without, in the order
// in which they did; of very many, the last 1,000.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls[max(0, len(s.calls)-keptCalls):])
}

// ResetCalls forgets all calls.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.counts)
	s.calls = nil
}

// OnCall has f called with each call as it ends, before its reply goes out, in
// place of the f of an earlier OnCall. Calls at the same time call f at the
// same time. f may use the Server.
func (s *Server) OnCall(f func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onCall = f
}

// record remembers a call that has ended.
func (s *Server) record(c *call, re reply, errcode int) {
	seen := Call{
		Host:    c.host,
		Method:  c.method,
		Path:    c.path,
		Status:  re.status,
		ErrCode: errcode,
		Request: strings.TrimSpace(readableQuery(c.query) + " " + readableJSON(c.body)),
		Reply:   readableJSON(re.body),
	}
	s.mu.Lock()
	seen.Time = s.now()
	seen.AppID = s.appOf(c)
	if len(s.calls) >= 2*keptCalls {
		s.calls = slices.Clone(s.calls[len(s.calls)-keptCalls:])
	}
	s.calls = append(s.calls, seen)
	tell := s.onCall
	s.mu.Unlock()
	if tell != nil {
		tell(seen)
	}
}

// appOf returns the appid of a known mini program that a call is for; s.mu is
// held.
func (s *Server) appOf(c *call) string {
	for _, id := range []string{c.query.Get("appid"), c.text("appid")} {
		if s.apps[id] != nil {
			return id
		}
	}
	if t := s.tokens[c.query.Get("access_token")]; t != nil {
		return t.app.id
	}
	return ""
}

// harmless says which parameters and members may be shown with their value. All
// others are withheld, so that what nobody has thought of is.
func harmless(name string) bool {
	switch name {
	case "appid", "openid", "unionid", "grant_type", "sig_method", "force_refresh",
		"errcode", "errmsg", "expires_in", "countryCode", "timestamp",
		"version", "expire_in", "create_time":
		return true
	}
	return false
}

// nameable says which others may be shown by their name. A name that WeChat
// does not know may be a secret that slipped into the wrong place.
func nameable(name string) bool {
	switch name {
	case "secret", "js_code", "code", "access_token", "signature", "session_key",
		"phone_info", "phoneNumber", "purePhoneNumber", "watermark",
		"key_info_list", "encrypt_key", "iv":
		return true
	}
	return false
}

const withheld = "[withheld]"

func readableQuery(q url.Values) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(q)) {
		for _, value := range q[name] {
			switch {
			case harmless(name):
				parts = append(parts, name+"="+value)
			case nameable(name):
				parts = append(parts, name+"="+withheld)
			default:
				parts = append(parts, withheld)
			}
		}
	}
	return strings.Join(parts, "&")
}

// readableJSON shows a body that is a JSON object; others are withheld whole.
func readableJSON(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	var v map[string]any
	if json.Unmarshal(body, &v) != nil {
		return withheld
	}
	return string(mustMarshal(blacken(v)))
}

// blacken returns v with what may not be shown withheld.
func blacken(v any) any {
	switch v := v.(type) {
	case map[string]any:
		shown := make(map[string]any)
		for name, value := range v {
			_, isObject := value.(map[string]any)
			_, isList := value.([]any)
			switch {
			case harmless(name) && !isObject && !isList:
				shown[name] = value
			case nameable(name) && (isObject || isList):
				shown[name] = blacken(value)
			case nameable(name):
				shown[name] = withheld
			default:
				shown[withheld] = withheld
			}
		}
		return shown
	case []any:
		shown := make([]any, len(v))
		for i := range v {
			shown[i] = blacken(v[i])
		}
		return shown
	}
	return withheld
}
