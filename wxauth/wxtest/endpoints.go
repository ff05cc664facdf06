package wxtest

import "net/http"

const (
	pathCode2Session = "/sns/jscode2session"
	pathStableToken  = "/cgi-bin/stable_token"
	pathCheckSession = "/wxa/checksession"
	pathResetKey     = "/wxa/resetusersessionkey"
	pathPhoneNumber  = "/wxa/business/getuserphonenumber"
	pathEncryptKey   = "/wxa/business/getuserencryptkey"
)

// answer is WeChat's answer to a request: an errcode, a value that becomes the
// JSON body, or an HTTP status without a body.
type answer struct {
	code   int
	value  any
	status int
}

func refuse(errcode int) answer { return answer{code: errcode} }

// answer carries a request out.
func (s *Server) answer(q *request) answer {
	if q.length < 0 && q.method == http.MethodPost {
		return answer{status: http.StatusPreconditionFailed} // WeChat refuses chunked bodies
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch q.path {
	case pathCode2Session:
		return s.code2Session(q)
	case pathStableToken:
		return s.stableToken(q)
	case pathCheckSession:
		return s.checkSession(q)
	case pathResetKey:
		return s.resetSessionKey(q)
	case pathPhoneNumber:
		return s.userPhoneNumber(q)
	case pathEncryptKey:
		return s.userEncryptKey(q)
	}
	return answer{status: http.StatusNotFound}
}
