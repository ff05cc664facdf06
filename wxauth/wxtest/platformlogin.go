package wxtest

import "net/http"

// componentCode2Session answers GET /sns/component/jscode2session. Of the errcodes of this
// call, WeChat's page documents only 40029, 41021, 45011 and 61003. wxtest takes the others
// from WeChat's other pages or from reports of developers.
// https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/login/api_thirdpartycode2session.html
func (s *Server) componentCode2Session(r *request) answer {
	q := r.query
	switch {
	case q.Get("appid") == "":
		return refuse(41002)
	case r.method != http.MethodGet:
		return refuse(43001)
	case q.Get("component_appid") == "":
		return refuse(41018)
	case q.Get("component_access_token") == "":
		return refuse(41021)
	case q.Get("js_code") == "":
		return refuse(41008)
	case q.Get("grant_type") != "authorization_code":
		return refuse(40002)
	}
	p := s.platforms[q.Get("component_appid")]
	if p == nil {
		return refuse(61011)
	}
	text := q.Get("component_access_token")
	t := s.componentTokens[text]
	if errcode := s.refusalOf(t, text); errcode != 0 {
		return refuse(errcode)
	}
	if t.platform != p {
		return refuse(40094) // the token belongs to another platform
	}
	a := s.apps[q.Get("appid")]
	if a == nil {
		return refuse(40013)
	}
	if _, authorized := p.clients[a.id]; !authorized {
		return refuse(61003)
	}
	return s.useLoginCode(a, q.Get("js_code"))
}
