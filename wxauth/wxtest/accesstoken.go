package wxtest

import (
	"encoding/json"
	"time"
)

const (
	tokenLife    = 7200 * time.Second
	tokenOverlap = 5 * time.Minute // from 5 minutes before a token expires, stable_token returns a new token; both tokens work
	tokenLength  = 512             // WeChat asks servers to reserve room for at least 512 characters

	forceInterval = 30 * time.Second // within this time after a forced refresh made a token, another forced refresh returns that token
	forcePerDay   = 20
)

// accessToken is an access_token, an authorizer_access_token or a component_access_token.
type accessToken struct {
	app      *app
	platform *Platform // set for a component_access_token; app is then nil
	text     string
	expires  time.Time
	ended    bool // a forced refresh ended the token
}

type tokenReply struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
}

// stableToken answers POST /cgi-bin/stable_token.
func (s *Server) stableToken(r *request) answer {
	if errcode := r.postedObject(); errcode != 0 {
		return refuse(errcode)
	}
	var force bool
	if raw, ok := r.fields["force_refresh"]; ok && json.Unmarshal(raw, &force) != nil {
		return refuse(47001)
	}
	switch {
	case r.text("grant_type") != "client_credential":
		return refuse(40002)
	case r.text("appid") == "":
		return refuse(41002)
	case r.text("secret") == "":
		return refuse(41004)
	}
	a, errcode := s.authenticate(r.text("appid"), r.text("secret"))
	if errcode != 0 {
		return refuse(errcode)
	}

	now := s.now()
	if force && (len(a.forced) == 0 || now.Sub(a.forced[len(a.forced)-1]) >= forceInterval) {
		for len(a.forced) > 0 && now.Sub(a.forced[0]) >= 24*time.Hour {
			a.forced = a.forced[1:]
		}
		if len(a.forced) >= forcePerDay {
			return refuse(45009)
		}
		a.forced = append(a.forced, now)
		for _, t := range s.tokens {
			if t.app == a {
				t.ended = true
			}
		}
		a.token = nil
	}
	if a.token == nil || a.token.expires.Sub(now) <= tokenOverlap {
		a.token = &accessToken{app: a, text: newTokenText(), expires: now.Add(tokenLife)}
		s.tokens[a.token.text] = a.token
	}
	return answer{value: tokenReply{a.token.text, int64(a.token.expires.Sub(now) / time.Second)}}
}

func newTokenText() string {
	return randomText("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_", tokenLength)
}

// caller returns the mini program to which the request's access token belongs, or WeChat's
// errcode.
func (s *Server) caller(r *request) (*app, int) {
	text := r.query.Get("access_token")
	if text == "" {
		return nil, 41001
	}
	t := s.tokens[text]
	if errcode := s.refusalOf(t, text); errcode != 0 {
		return nil, errcode
	}
	return t.app, 0
}

// refusalOf returns 0 for a valid token, and otherwise WeChat's errcode. The argument t is
// nil if the server knows no token with this text.
func (s *Server) refusalOf(t *accessToken, text string) int {
	switch {
	case t == nil && len(text) != tokenLength:
		return 40014 // malformed
	case t == nil || t.ended:
		return 40001 // unknown, or ended by a forced refresh
	case !s.now().Before(t.expires):
		return 42001
	}
	return 0
}
