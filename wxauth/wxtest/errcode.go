package wxtest

import (
	"crypto/rand"
	"fmt"
	"time"
)

// errmsg returns WeChat's errmsg for an errcode, or "error" if wxtest does not know the
// text. WeChat sometimes changes an errmsg, so the code under test must not depend on the
// text.
func errmsg(errcode int) string {
	switch errcode {
	case -1:
		return "system error"
	case 40001:
		return "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken"
	case 40002:
		return "invalid grant_type"
	case 40003:
		return "invalid openid"
	case 40013:
		return "invalid appid"
	case 40014:
		return "invalid access_token"
	case 40029:
		return "invalid code"
	case 40090:
		return "invalid request source (bad client ip)"
	case 40094:
		return "invalid component credential"
	case 40125:
		return "invalid appsecret"
	case 40163:
		return "code been used"
	case 40164:
		return "invalid ip, not in whitelist"
	case 40226:
		return "high risk user"
	case 41001:
		return "access_token missing"
	case 41002:
		return "appid missing"
	case 41004:
		return "appsecret missing"
	case 41008:
		return "missing code"
	case 41009:
		return "missing openid"
	case 41018:
		return "missing component_appid"
	case 41021:
		return "missing component_access_token"
	case 42001:
		return "access_token expired"
	case 43001:
		return "require GET method"
	case 43002:
		return "require POST method"
	case 44002:
		return "empty post data"
	case 45009:
		return "reach max api daily quota limit"
	case 45011:
		return "api minute-quota reach limit, must slower, retry next minute"
	case 47001:
		return "data format error"
	case 50002:
		return "user limited"
	case 61003:
		return "component is not authorized by this account"
	case 61004:
		return "access clientip is not registered, not in ip-white-list"
	case 61011:
		return "invalid component"
	case 61024:
		return "must use component token for component api"
	case 87007:
		return "session_key is not existed or expired"
	case 87008:
		return "invalid sig_method"
	case 87009:
		return "invalid signature"
	}
	return "error"
}

type statusReply struct {
	ErrCode int    `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}

func statusOK() statusReply { return statusReply{ErrMsg: "ok"} }

type quotedStatusReply struct {
	ErrCode int    `json:"errcode,string"`
	ErrMsg  string `json:"errmsg"`
}

// refusal returns the JSON body of a refusal. As WeChat does, it appends a request ID
// (rid) to the errmsg.
func refusal(errcode int, message string, quote bool) []byte {
	if message == "" {
		message = errmsg(errcode)
	}
	var b [8]byte
	rand.Read(b[:])
	rid := fmt.Sprintf("%08x-%x-%x", uint32(time.Now().Unix()), b[:4], b[4:])
	r := statusReply{errcode, message + ", rid: " + rid}
	if quote {
		return mustMarshal(quotedStatusReply(r))
	}
	return mustMarshal(r)
}
