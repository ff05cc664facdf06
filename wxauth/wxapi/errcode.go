package wxapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Error is a failure that WeChat reported: an errcode other than 0, or an HTTP status
// other than 200. Of WeChat's errmsg, an Error keeps only RID and Address, because the
// errmsg can quote the request.
type Error struct {
	// Code is the errcode. It is 0 if the failure is an HTTP status.
	Code int
	// RID is WeChat's id of the request. WeChat's support asks for it. It can be empty.
	RID string
	// Address is this server's IP address, as WeChat reported it. It can be set only
	// for errcode 40164.
	Address netip.Addr

	// Status is the HTTP status. It is 0 if the status is 200.
	Status int
	// RetryAfter is the wait in the reply's Retry-After header (RFC 9110 section
	// 10.2.3), at most a minute. It is 0 if the failure is an errcode, or if the reply
	// has no usable Retry-After.
	RetryAfter time.Duration

	path string
}

// Error returns the errcode, its meaning, and the RID if it is not empty. For some
// errcodes, the meaning contains advice for the operator. For an HTTP status, Error
// returns the status and the class of the failure, such as ErrUnavailable.
func (e *Error) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("%v: HTTP status %d", e.class(), e.Status)
	}
	words, _ := e.about()
	text := fmt.Sprintf("errcode %d: %s", e.Code, words)
	if e.RID != "" {
		text += ", rid " + e.RID
	}
	return text
}

// Is reports whether target is the class of the failure, such as ErrInvalidCode. The
// errcode or the HTTP status determines the class. Some errcodes have different classes
// for different APIs.
func (e *Error) Is(target error) bool { return target == e.class() }

func (e *Error) class() error {
	switch e.Status {
	case 0:
		_, class := e.about()
		return class
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return ErrUnavailable
	}
	return ErrBadReply
}

// about returns the class of e.Code, and the meaning of e.Code in words for the operator.
// It covers the errcodes on WeChat's pages for the calls that have a method of their own
// in this package, and some common errcodes on
// https://developers.weixin.qq.com/doc/oplatform/developers/errCode/.
func (e *Error) about() (words string, class error) {
	switch e.Code {
	case -1:
		return "WeChat is busy", ErrBusy

	case 40029:
		return "the code is wrong, expired, used, or another app's", ErrInvalidCode
	case 40163:
		return "the code was used before", ErrInvalidCode
	case 42003:
		return "the code has expired", ErrInvalidCode
	case 42007:
		return "the code is void since the user changed the password", ErrInvalidCode

	case 40226:
		return "WeChat blocks this user's login as a high risk", ErrUserBlocked
	case 50002:
		return "the user's account is limited", ErrUserBlocked

	case 87007, 87009:
		return "the session_key has expired or was replaced", ErrSessionKeyInvalid

	case 45009:
		return "the app's quota for this API and day is used up", ErrRateLimited
	case 45011:
		return "too many calls in this minute", ErrRateLimited

	case 40001:
		if e.path == pathCode2Session || e.path == pathStableToken {
			return "the AppSecret is wrong or was reset" + toSettings, ErrMisconfigured
		}
		if e.path == pathComponentCode2Session {
			return "the third-party platform's component_access_token is wrong or not the newest", ErrMisconfigured
		}
		return "the access token is wrong or not the newest; let all of the app's servers use the stable token, or one token server", ErrMisconfigured
	case 40014:
		return "the access token is malformed", ErrAccessToken
	case 42001:
		return "the access token has expired", ErrAccessToken

	case 40013:
		if e.path == pathPhoneNumber {
			return "the phone code is another app's", ErrInvalidCode
		}
		return "the AppID is wrong; its case matters", ErrMisconfigured
	case 40003:
		if e.path == pathPhoneNumber {
			return "the phone code is another user's", ErrInvalidCode
		}
		return "the openid is not one of this app's", ErrMisconfigured
	case 40125:
		return "the AppSecret is wrong or was reset" + toSettings, ErrMisconfigured
	case 40164:
		address := "this server's address"
		if e.Address.IsValid() {
			address += " " + e.Address.String()
		}
		return address + " is not on the app's IP allowlist (IP 白名单); add it" + inSettings, ErrMisconfigured
	case 40243:
		return "the AppSecret is frozen; unfreeze it" + inSettings + ", and wait ten minutes", ErrMisconfigured
	case 41002:
		return "the AppID is missing from the request; set App.ID, and look for a proxy that changes requests", ErrMisconfigured
	case 41004:
		return "the AppSecret is missing from the request; set App.Secret, and look for a proxy that changes requests", ErrMisconfigured
	case 41008:
		return "the code is missing from the request; look for a proxy that changes requests", ErrMisconfigured
	case 41001:
		return "the access token is missing; check what Options.AccessToken returns", ErrMisconfigured
	case 41009:
		return "the openid is missing from the request", ErrMisconfigured
	case 40002, 40097, 44002, 47001, 87008:
		return "WeChat cannot read the request; look for a proxy that changes requests", ErrMisconfigured
	case 43001, 43002, 43003:
		return "WeChat wants another HTTP method, or HTTPS; check Options.Hosts, and look for a proxy that changes requests", ErrMisconfigured
	case 48001, 50001:
		return "the app may not use this API; check its type, its verification and its permissions at mp.weixin.qq.com", ErrMisconfigured
	case 48004:
		return "the app is banned from this API; read WeChat's notices to the app at mp.weixin.qq.com", ErrMisconfigured
	case 50004:
		return "the app is forbidden to fetch access tokens; read WeChat's notices to the app at mp.weixin.qq.com", ErrMisconfigured
	case 50007:
		return "the app's account is frozen; read WeChat's notices to the app at mp.weixin.qq.com", ErrMisconfigured
	case 45035:
		return "this server's address is not on the app's IP allowlist (IP 白名单); add it" + inSettings, ErrMisconfigured
	case 89503:
		return "an administrator of the app must confirm this server's address; WeChat has sent a message to the administrators", ErrMisconfigured
	case 89506:
		return "an administrator of the app refused this server's address twice; WeChat asks again after 24 hours", ErrMisconfigured
	case 89507:
		return "an administrator of the app refused this server's address; WeChat asks again after an hour", ErrMisconfigured

	case 61003:
		return "the app has not authorized the third-party platform", ErrMisconfigured
	case 61007:
		return "the app has not granted the third-party platform the permission set of this API", ErrMisconfigured
	case 61004:
		return "this server's address is not on the third-party platform's IP allowlist; add it at open.weixin.qq.com", ErrMisconfigured
	case 61005, 61006:
		return "the third-party platform's component_verify_ticket is wrong or expired", ErrMisconfigured
	case 40090, 40094, 41021, 61014:
		return "the third-party platform's component_access_token is missing or wrong", ErrMisconfigured
	case 41018, 61011:
		return "the third-party platform's AppID is missing or wrong", ErrMisconfigured
	case 61024:
		return "the AppID is a third-party platform's; this API wants the mini program's", ErrMisconfigured
	}
	return "an unknown failure; see WeChat's list of return codes", ErrBadReply
}

const (
	inSettings = " in the app's development settings (开发设置) at mp.weixin.qq.com"
	toSettings = "; copy the current one from the app's development settings (开发设置) at mp.weixin.qq.com"
)

// rejectsToken reports whether WeChat refused the access token. Errcode 40001 counts as
// a refusal, although 40001 can also mean a wrong AppSecret.
func rejectsToken(err error) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains([]int{40001, 40014, 42001}, e.Code)
}

// ridOf returns the request id in an errmsg such as "invalid code, rid:
// 5f4b2d2b-0d7b4fd8-1e2b9d3a", or "" if the errmsg contains none. The request id must
// have three groups of eight lower-case hexadecimal digits, because other text in an
// errmsg can contain secrets.
func ridOf(errmsg string) string {
	const marker, form = "rid: ", "xxxxxxxx-xxxxxxxx-xxxxxxxx"
	_, rid, _ := strings.Cut(errmsg, marker)
	if len(rid) < len(form) {
		return ""
	}
	rid = rid[:len(form)]
	for i := range len(form) {
		hex := '0' <= rid[i] && rid[i] <= '9' || 'a' <= rid[i] && rid[i] <= 'f'
		if hex != (form[i] == 'x') || !hex && rid[i] != '-' {
			return ""
		}
	}
	return rid
}

// addressOf returns the first IP address in the errmsg of errcode 40164, such as "invalid
// ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist". An address with a zone is refused,
// because a zone can be any text, even a secret.
func addressOf(errmsg string) netip.Addr {
	text, _ := strings.CutPrefix(errmsg, "invalid ip ")
	if end := strings.IndexAny(text, " ,"); end >= 0 {
		text = text[:end]
	}
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		return netip.Addr{}
	}
	return address.Unmap()
}
