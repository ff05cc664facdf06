package wxtest

import "net/http"

type resetReply struct {
	statusReply
	OpenID     string `json:"openid"`
	SessionKey string `json:"session_key"`
}

// resetSessionKey answers GET /wxa/resetusersessionkey. It changes u.key.text in place, so
// all Phones that had the old session_key use the new one.
func (s *Server) resetSessionKey(r *request) answer {
	if r.method != http.MethodGet {
		return refuse(43001)
	}
	u, errcode := s.signedUser(r, 87007)
	if errcode != 0 {
		return refuse(errcode)
	}
	u.key.text = newKeyText()
	return answer{value: resetReply{statusOK(), u.openID, u.key.text}}
}
