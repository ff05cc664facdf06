package wxtest

import "net/http"

type sessionReply struct {
	SessionKey string `json:"session_key"`
	OpenID     string `json:"openid"`
	UnionID    string `json:"unionid,omitempty"`
}

// code2Session is GET /sns/jscode2session. Documented as GET only; a POST with
// its parameters in the body is told that the appid is missing.
func (s *Server) code2Session(c *call) answer {
	q := c.query
	switch {
	case q.Get("appid") == "":
		return refuse(41002)
	case c.method != http.MethodGet:
		return refuse(43001)
	case q.Get("secret") == "":
		return refuse(41004)
	case q.Get("js_code") == "":
		return refuse(41008)
	case q.Get("grant_type") != "authorization_code":
		return refuse(40002)
	}
	a, errcode := s.authenticate(q.Get("appid"), q.Get("secret"))
	if errcode != 0 {
		return refuse(errcode)
	}
	code := s.liveCode(loginCode, q.Get("js_code"))
	if code == nil || code.app != a {
		return refuse(40029)
	}
	if code.used {
		return refuse(40163)
	}
	code.used = true
	return answer{value: sessionReply{code.session.key, code.user.openID, code.user.unionID}}
}

// authenticate finds the mini program that an appid and an AppSecret stand for.
func (s *Server) authenticate(appID, secret string) (*app, int) {
	a := s.apps[appID]
	if a == nil {
		return nil, 40013
	}
	if a.secret != secret {
		return nil, 40125
	}
	return a, 0
}
