package wxtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
)

const maxBody = 1 << 20

// call is one request under way, however it came in.
type call struct {
	host, method, path string
	url                string // whole, with its secrets
	query              url.Values
	length             int64 // of the body; -1 if the request does not say
	body               []byte
	fields             map[string]json.RawMessage // of a body that is a JSON object
}

func newCall(r *http.Request, length int64, body []byte) *call {
	c := &call{
		method: r.Method,
		path:   r.URL.Path,
		query:  r.URL.Query(),
		length: length,
		body:   body,
	}
	if c.method == "" {
		c.method = http.MethodGet
	}
	json.Unmarshal(body, &c.fields) // what needs fields checks for nil
	return c
}

// text returns a field of the body that is a JSON string, else "".
func (c *call) text(field string) string {
	var v string
	json.Unmarshal(c.fields[field], &v)
	return v
}

// answer is WeChat's answer to a call: an errcode, a value that is the body, or
// an HTTP status without either.
type answer struct {
	code   int
	value  any
	status int
}

func refuse(errcode int) answer { return answer{code: errcode} }

// marshal is json.Marshal that leaves <, > and & as they are, as WeChat does.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func mustMarshal(v any) []byte {
	b, err := marshal(v)
	if err != nil {
		panic("wxtest: " + err.Error())
	}
	return b
}

const (
	pathCode2Session = "/sns/jscode2session"
	pathStableToken  = "/cgi-bin/stable_token"
	pathCheckSession = "/wxa/checksession"
	pathResetKey     = "/wxa/resetusersessionkey"
	pathPhoneNumber  = "/wxa/business/getuserphonenumber"
	pathEncryptKey   = "/wxa/business/getuserencryptkey"
)

// act carries a call out.
func (s *Server) act(c *call) answer {
	if c.length < 0 && c.method == http.MethodPost {
		return answer{status: http.StatusPreconditionFailed} // WeChat wants a Content-Length
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c.path {
	case pathCode2Session:
		return s.code2Session(c)
	case pathStableToken:
		return s.stableToken(c)
	case pathCheckSession:
		return s.checkSession(c)
	case pathResetKey:
		return s.resetSessionKey(c)
	case pathPhoneNumber:
		return s.userPhoneNumber(c)
	case pathEncryptKey:
		return s.userEncryptKey(c)
	}
	return answer{status: http.StatusNotFound}
}
