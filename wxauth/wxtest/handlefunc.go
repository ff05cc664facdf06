package wxtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

type endpoint struct {
	method  string
	handler http.HandlerFunc
}

// HandleFunc adds an endpoint of WeChat's API that the server does not implement. The
// pattern is GET or POST, a space and a path, such as "POST /wxa/msg_sec_check".
//
// The server refuses a call with another method or without a valid access token. For a
// call that the server accepts, the handler writes WeChat's reply. The default
// Content-Type is application/json. Faults and the latency of SetLatency apply to the
// endpoint. [Server.Calls] also returns the calls to the endpoint.
//
// HandleFunc panics if the pattern is malformed or if the path already has an endpoint.
func (s *Server) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	method, path, _ := strings.Cut(pattern, " ")
	if method != http.MethodGet && method != http.MethodPost || !strings.HasPrefix(path, "/") {
		panic("wxtest: the pattern must be GET or POST, a space and a path: " + pattern)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.endpoints[path]; ok || s.ownEndpoint(path) != nil {
		panic("wxtest: there is an endpoint at " + path)
	}
	s.endpoints[path] = endpoint{method, handler}
}

// admit returns 0 or the errcode of a refusal. The caller holds s.mu.
func (s *Server) admit(q *request, e endpoint) int {
	switch {
	case q.method == e.method:
		_, errcode := s.caller(q)
		return errcode
	case e.method == http.MethodGet:
		return 43001
	default:
		return 43002
	}
}

func (e endpoint) serve(q *request) *httptest.ResponseRecorder {
	r := q.http.WithContext(q.http.Context())
	r.Body = io.NopCloser(bytes.NewReader(q.body))
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	e.handler(w, r)
	return w
}

// errcodeIn returns 0 if the body is not JSON or has no integer as errcode.
func errcodeIn(body []byte) int {
	var status statusReply
	json.Unmarshal(body, &status)
	return status.ErrCode
}
