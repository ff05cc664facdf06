package wxtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// signedUser returns the user whose openid is in the request, or WeChat's errcode. It checks
// that the signature in the request is valid for that user's session_key. The argument noKey
// is the errcode for a user without a session_key.
//
// The request's body must be empty, and the signature is the HMAC-SHA256 of this empty
// body. The HMAC key is the base64 text of the session_key, not the decoded bytes.
func (s *Server) signedUser(r *request, noKey int) (*user, int) {
	a, errcode := s.caller(r)
	if errcode != 0 {
		return nil, errcode
	}
	q := r.query
	if q.Get("openid") == "" {
		return nil, 41009
	}
	u := a.users[q.Get("openid")]
	switch {
	case u == nil:
		return nil, 40003
	case q.Get("sig_method") != "hmac_sha256":
		return nil, 87008
	case u.key == nil:
		return nil, noKey
	}
	mac := hmac.New(sha256.New, []byte(u.key.text))
	if len(r.body) > 0 || q.Get("signature") != hex.EncodeToString(mac.Sum(nil)) {
		return nil, 87009
	}
	return u, 0
}

// checkSession answers GET /wxa/checksession. For a user without a session_key it returns
// 87009, because WeChat's page documents 87009 as the only errcode of a failure.
func (s *Server) checkSession(r *request) answer {
	if r.method != http.MethodGet {
		return refuse(43001)
	}
	if _, errcode := s.signedUser(r, 87009); errcode != 0 {
		return refuse(errcode)
	}
	return answer{value: statusOK()}
}
