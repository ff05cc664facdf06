package wxtest

import "net/http"

type sessionReply struct {
	SessionKey string `json:"session_key"`
	OpenID     string `json:"openid"`
	UnionID    string `json:"unionid,omitempty"`
}

// code2Session answers GET /sns/jscode2session. It checks the appid in the query before
// the method, because WeChat answers 41002 (appid missing) to a POST with the parameters
// in the body.
func (s *Server) code2Session(r *request) answer {
	q := r.query
	switch {
	case q.Get("appid") == "":
		return refuse(41002)
	case r.method != http.MethodGet:
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
	return s.useLoginCode(a, q.Get("js_code"))
}

func (s *Server) useLoginCode(a *app, text string) answer {
	code := s.unexpiredCode(loginCode, text)
	if code == nil || code.app != a {
		return refuse(40029)
	}
	if code.used {
		return refuse(40163)
	}
	code.used = true
	return answer{value: sessionReply{code.key.text, code.user.openID, code.user.unionID}}
}

// authenticate returns the mini program with the given appid and AppSecret, or WeChat's
// errcode.
func (s *Server) authenticate(appID, secret string) (*app, int) {
	a := s.apps[appID]
	if a == nil && s.platforms[appID] != nil {
		return nil, 61024 // appID belongs to a platform, not to a mini program
	}
	if a == nil {
		return nil, 40013
	}
	if a.secret != secret {
		return nil, 40125
	}
	return a, 0
}
