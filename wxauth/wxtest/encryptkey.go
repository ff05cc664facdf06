package wxtest

import (
	"net/http"
	"time"
)

const (
	encryptKeyLife = time.Hour
	encryptKeysMax = 3 // the maximum number of keys in a reply
)

// encryptKey is a key of one user for WeChat's encrypted network channel.
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

// userEncryptKey answers GET and POST /wxa/business/getuserencryptkey. WeChat's API page
// documents GET, and WeChat's guide documents POST.
func (s *Server) userEncryptKey(r *request) answer {
	if r.method != http.MethodGet && r.method != http.MethodPost {
		return refuse(43001)
	}
	u, errcode := s.signedUser(r, 87007)
	if errcode != 0 {
		return refuse(errcode)
	}
	now := s.now()
	if len(u.encryptKeys) == 0 || now.Sub(u.encryptKeys[0].created) >= encryptKeyLife {
		fresh := encryptKey{key: newKeyText(), iv: randomText("0123456789abcdef", 16), version: 1, created: now}
		if len(u.encryptKeys) > 0 {
			fresh.version = u.encryptKeys[0].version + 1
		}
		kept := u.encryptKeys[:min(len(u.encryptKeys), encryptKeysMax-1)]
		u.encryptKeys = append([]encryptKey{fresh}, kept...)
	}
	re := encryptKeyReply{statusReply: statusOK()}
	for _, k := range u.encryptKeys {
		left := max(0, encryptKeyLife-now.Sub(k.created))
		re.Keys = append(re.Keys, encryptKeyInfo{k.key, k.version, int64(left / time.Second), k.iv, k.created.Unix()})
	}
	return answer{value: re}
}
