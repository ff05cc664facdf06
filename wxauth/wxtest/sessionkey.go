package wxtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// signed finds the user that a call names and has signed for with the
// session_key. noKey is the errcode where there is none.
//
// What is signed is the body, and there is none. The HMAC's key is the text of
// the session_key, not what it decodes to.
func (s *Server) signed(c *call, noKey int) (*user, int) {
	a, errcode := s.caller(c)
	if errcode != 0 {
		return nil, errcode
	}
	q := c.query
	if q.Get("openid") == "" {
		return nil, 41009
	}
	u := a.users[q.Get("openid")]
	switch {
	case u == nil:
		return nil, 40003
	case q.Get("sig_method") != "hmac_sha256":
		return nil, 87008
	case u.live == nil:
		return nil, noKey
	}
	mac := hmac.New(sha256.New, []byte(u.live.key))
	if len(c.body) > 0 || q.Get("signature") != hex.EncodeToString(mac.Sum(nil)) {
		return nil, 87009
	}
	return u, 0
}

// checkSession is GET /wxa/checksession. Its page knows one failure only: 87009.
func (s *Server) checkSession(c *call) answer {
	if c.method != http.MethodGet {
		return refuse(43001)
	}
	if _, errcode := s.signed(c, 87009); errcode != 0 {
		return refuse(errcode)
	}
	return answer{value: allWell()}
}

type resetReply struct {
	statusReply
	OpenID     string `json:"openid"`
	SessionKey string `json:"session_key"`
}

// resetSessionKey is GET /wxa/resetusersessionkey. The session stays the same
// with another key: its phones go on with that one.
func (s *Server) resetSessionKey(c *call) answer {
	if c.method != http.MethodGet {
		return refuse(43001)
	}
	u, errcode := s.signed(c, 87007)
	if errcode != 0 {
		return refuse(errcode)
	}
	u.live.key = newKey()
	return answer{value: resetReply{allWell(), u.openID, u.live.key}}
}

const (
	encryptKeyLife = time.Hour
	encryptKeys    = 3 // as many are told, the newest first
)

// encryptKey is a key of the user's encrypted network channel.
type encryptKey struct {
	key, iv string
	version int
	created time.Time
}

type encryptKeyReply struct {
	statusReply
	Keys []encryptKeyInfo `json:"key_info_list"`
}

type encryptKeyInfo struct {
	EncryptKey string `json:"encrypt_key"`
	Version    int    `json:"version"`
	ExpireIn   int64  `json:"expire_in"`
	IV         string `json:"iv"`
	CreateTime int64  `json:"create_time"`
}

// userEncryptKey is GET or POST /wxa/business/getuserencryptkey: its pages say
// the one and the other.
func (s *Server) userEncryptKey(c *call) answer {
	if c.method != http.MethodGet && c.method != http.MethodPost {
		return refuse(43001)
	}
	u, errcode := s.signed(c, 87007)
	if errcode != 0 {
		return refuse(errcode)
	}
	now := s.now()
	if len(u.encrypt) == 0 || now.Sub(u.encrypt[0].created) >= encryptKeyLife {
		fresh := encryptKey{key: newKey(), iv: randomText("0123456789abcdef", 16), version: 1, created: now}
		if len(u.encrypt) > 0 {
			fresh.version = u.encrypt[0].version + 1
		}
		u.encrypt = append([]encryptKey{fresh}, u.encrypt[:min(len(u.encrypt), encryptKeys-1)]...)
	}
	r := encryptKeyReply{statusReply: allWell()}
	for _, k := range u.encrypt {
		left := max(0, encryptKeyLife-now.Sub(k.created))
		r.Keys = append(r.Keys, encryptKeyInfo{k.key, k.version, int64(left / time.Second), k.iv, k.created.Unix()})
	}
	return answer{value: r}
}
