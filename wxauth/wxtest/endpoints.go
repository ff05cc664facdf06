package wxtest

import (
	"net/http"
	"net/http/httptest"
)

const (
	pathCode2Session = "/sns/jscode2session"
	pathComponent    = "/sns/component/jscode2session"
	pathStableToken  = "/cgi-bin/stable_token"
	pathCheckSession = "/wxa/checksession"
	pathResetKey     = "/wxa/resetusersessionkey"
	pathPhoneNumber  = "/wxa/business/getuserphonenumber"
	pathEncryptKey   = "/wxa/business/getuserencryptkey"
)

// answer is WeChat's reply to a request before a Fault changes the reply. At most one
// field is set. The zero answer means that WeChat did not carry out the call.
type answer struct {
	code     int                        // the errcode of a refusal
	value    any                        // a value for the JSON body
	status   int                        // the HTTP status of a reply without a body
	response *httptest.ResponseRecorder // the reply of an endpoint that HandleFunc added
}

func refuse(errcode int) answer { return answer{code: errcode} }

// answer carries out the request and returns WeChat's answer.
func (s *Server) answer(q *request) answer {
	if q.length < 0 && q.method == http.MethodPost {
		return answer{status: http.StatusPreconditionFailed} // WeChat answers 412 to a POST with a chunked body
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if own := s.ownEndpoint(q.path); own != nil {
		return own(q)
	}
	e, ok := s.endpoints[q.path]
	if !ok {
		return answer{status: http.StatusNotFound}
	}
	if errcode := s.admit(q, e); errcode != 0 {
		return refuse(errcode)
	}
	s.mu.Unlock() // e.handler can call methods that lock s.mu
	defer s.mu.Lock()
	return answer{response: e.serve(q)}
}

func (s *Server) ownEndpoint(path string) func(*request) answer {
	switch path {
	case pathCode2Session:
		return s.code2Session
	case pathComponent:
		return s.componentCode2Session
	case pathStableToken:
		return s.stableToken
	case pathCheckSession:
		return s.checkSession
	case pathResetKey:
		return s.resetSessionKey
	case pathPhoneNumber:
		return s.userPhoneNumber
	case pathEncryptKey:
		return s.userEncryptKey
	}
	return nil
}
