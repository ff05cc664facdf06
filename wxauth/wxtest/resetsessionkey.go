package wxtest

import "net/http"

type resetReply struct {
	statusReply
	OpenID     string `json:"openid"`
	SessionKey string `json:"session_key"`
}

// resetSessionKey answers GET /wxa/resetusersessionkey. It changes the field text of the
// user's sessionKey. Each Phone with a pointer to this sessionKey therefore uses the new
// session_key.
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
