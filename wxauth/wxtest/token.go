package wxtest

import (
	"encoding/json"
	"net/http"
	"time"
)

const (
	tokenLife    = 7200 * time.Second
	tokenOverlap = 5 * time.Minute // a token is renewed so early, and goes on until its end
	tokenLength  = 512             // what the token pages ask to have room for

	forceInterval = 30 * time.Second // a forced refresh sooner than that is not one
	forcePerDay   = 20
)

// token is one access token of a mini program.
type token struct {
	app     *app
	text    string
	expires time.Time
	dead    bool // by a forced refresh
}

type tokenReply struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
}

// stableToken is POST /cgi-bin/stable_token.
func (s *Server) stableToken(c *call) answer {
	if errcode := c.postedObject(); errcode != 0 {
		return refuse(errcode)
	}
	var force bool
	if raw, ok := c.fields["force_refresh"]; ok && json.Unmarshal(raw, &force) != nil {
		return refuse(47001)
	}
	switch {
	case c.text("grant_type") != "client_credential":
		return refuse(40002)
	case c.text("appid") == "":
		return refuse(41002)
	case c.text("secret") == "":
		return refuse(41004)
	}
	a, errcode := s.authenticate(c.text("appid"), c.text("secret"))
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
				t.dead = true
			}
		}
		a.token = nil
	}
	if a.token == nil || a.token.expires.Sub(now) <= tokenOverlap {
		a.token = &token{
			app:     a,
			text:    randomText("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_", tokenLength),
			expires: now.Add(tokenLife),
		}
		s.tokens[a.token.text] = a.token
	}
	return answer{value: tokenReply{a.token.text, int64(a.token.expires.Sub(now) / time.Second)}}
}

// postedObject returns the errcode for a call that is not a POST of a JSON
// object, 0 for one that is.
func (c *call) postedObject() int {
	switch {
	case c.method != http.MethodPost:
		return 43002
	case len(c.body) == 0:
		return 44002
	case c.fields == nil:
		return 47001
	}
	return 0
}

// caller finds the mini program whose access token a call carries.
func (s *Server) caller(c *call) (*app, int) {
	text := c.query.Get("access_token")
	t := s.tokens[text]
	switch {
	case text == "":
		return nil, 41001
	case t == nil && len(text) != tokenLength:
		return nil, 40014 // not in the form of a token
	case t == nil || t.dead:
		return nil, 40001 // not one of ours, or not the newest
	case !s.now().Before(t.expires):
		return nil, 42001
	}
	return t.app, 0
}
