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

// Error is a failure that WeChat reported: an errcode, or an HTTP status other
// than 200. Its text says what the failure means and what the operator does.
//
// WeChat's errmsg is not kept, because it can echo what was sent.
type Error struct {
	Code    int        // the errcode; 0 if the failure is an HTTP status
	RID     string     // WeChat's request id, for its support; may be empty
	Address netip.Addr // this server's address as WeChat saw it, where a 40164 names it

	Status     int           // the HTTP status, if it is not 200
	RetryAfter time.Duration // how long the reply's Retry-After asks to wait, at most a minute; 0 if it does not

	path string // of the API that was called
}

func (e *Error) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("%v: HTTP status %d", e.class(), e.Status)
	}
	_, words := e.about()
	text := fmt.Sprintf("errcode %d: %s", e.Code, words)
	if e.RID != "" {
		text += ", rid " + e.RID
	}
	return text
}

// Is makes errors.Is(err, ErrInvalidCode) and so on true by the errcode or the
// HTTP status.
func (e *Error) Is(target error) bool { return target == e.class() }

func (e *Error) class() error {
	switch e.Status {
	case 0:
		class, _ := e.about()
		return class
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return ErrUnavailable
	}
	return ErrBadReply
}

// about returns the class of an errcode, and its meaning in words for the
// operator. It knows the errcodes of the pages of this package's calls and the
// common ones of
// https://developers.weixin.qq.com/doc/oplatform/developers/errCode/.
func (e *Error) about() (class error, words string) {
	switch e.Code {
	case -1:
		return ErrBusy, "WeChat is busy"

	case 40029:
		return ErrInvalidCode, "the code is wrong, expired, used, or another app's"
	case 40163:
		return ErrInvalidCode, "the code was used before"
	case 42003:
		return ErrInvalidCode, "the code has expired"
	case 42007:
		return ErrInvalidCode, "the code is void since the user changed the password"

	case 40226:
		return ErrUserBlocked, "WeChat blocks this user's login as a high risk"
	case 50002:
		return ErrUserBlocked, "the user's account is limited"

	case 87007, 87009:
		return ErrSessionKeyInvalid, "the session_key has expired or was replaced"

	case 45009:
		return ErrRateLimited, "the app's quota for this API and day is used up"
	case 45011:
		return ErrRateLimited, "too many calls in this minute"

	case 40001:
		if e.path == pathCode2Session || e.path == pathStableToken {
			return ErrMisconfigured, "the AppSecret is wrong or was reset" + toSettings
		}
		if e.path == pathComponentCode2Session {
			return ErrMisconfigured, "the third-party platform's component_access_token is wrong or not the newest"
		}
		return ErrMisconfigured, "the access token is wrong or not the newest; let all of the app's servers use the stable token, or one token server"
	case 40014:
		return ErrAccessToken, "the access token is malformed"
	case 42001:
		return ErrAccessToken, "the access token has expired"

	case 40013:
		if e.path == pathPhoneNumber {
			return ErrInvalidCode, "the phone code is another app's"
		}
		return ErrMisconfigured, "the AppID is wrong; its case matters"
	case 40003:
		if e.path == pathPhoneNumber {
			return ErrInvalidCode, "the phone code is another user's"
		}
		return ErrMisconfigured, "the openid is not one of this app's"
	case 40125:
		return ErrMisconfigured, "the AppSecret is wrong or was reset" + toSettings
	case 40164:
		address := "this server's address"
		if e.Address.IsValid() {
			address += " " + e.Address.String()
		}
		return ErrMisconfigured, address + " is not on the app's IP allowlist (IP 白名单); add it" + inSettings
	case 40243:
		return ErrMisconfigured, "the AppSecret is frozen; unfreeze it" + inSettings + ", and wait ten minutes"
	case 41002:
		return ErrMisconfigured, "the AppID is missing from the request; set App.ID, and look for a proxy that changes requests"
	case 41004:
		return ErrMisconfigured, "the AppSecret is missing from the request; set App.Secret, and look for a proxy that changes requests"
	case 41008:
		return ErrMisconfigured, "the code is missing from the request; look for a proxy that changes requests"
	case 41001:
		return ErrMisconfigured, "the access token is missing; check what Options.AccessToken returns"
	case 41009:
		return ErrMisconfigured, "the openid is missing from the request"
	case 40002, 40097, 44002, 47001, 87008:
		return ErrMisconfigured, "WeChat cannot read the request; look for a proxy that changes requests"
	case 43001, 43002, 43003:
		return ErrMisconfigured, "WeChat wants another HTTP method, or HTTPS; check Options.Hosts, and look for a proxy that changes requests"
	case 48001, 50001:
		return ErrMisconfigured, "the app may not use this API; check its type, its verification and its permissions at mp.weixin.qq.com"
	case 48004:
		return ErrMisconfigured, "the app is banned from this API; read WeChat's notices to the app at mp.weixin.qq.com"
	case 50004:
		return ErrMisconfigured, "the app is forbidden to fetch access tokens; read WeChat's notices to the app at mp.weixin.qq.com"
	case 50007:
		return ErrMisconfigured, "the app's account is frozen; read WeChat's notices to the app at mp.weixin.qq.com"
	case 45035:
		return ErrMisconfigured, "this server's address is not on the app's IP allowlist (IP 白名单); add it" + inSettings
	case 89503:
		return ErrMisconfigured, "an administrator of the app must confirm this server's address; WeChat has sent a message to the administrators"
	case 89506:
		return ErrMisconfigured, "an administrator of the app refused this server's address twice; WeChat asks again after 24 hours"
	case 89507:
		return ErrMisconfigured, "an administrator of the app refused this server's address; WeChat asks again after an hour"

	case 61003:
		return ErrMisconfigured, "the app has not authorized the third-party platform"
	case 61007:
		return ErrMisconfigured, "the app has not granted the third-party platform the permission set of this API"
	case 61004:
		return ErrMisconfigured, "this server's address is not on the third-party platform's IP allowlist; add it at open.weixin.qq.com"
	case 61005, 61006:
		return ErrMisconfigured, "the third-party platform's component_verify_ticket is wrong or expired"
	case 40090, 40094, 41021, 61014:
		return ErrMisconfigured, "the third-party platform's component_access_token is missing or wrong"
	case 41018, 61011:
		return ErrMisconfigured, "the third-party platform's AppID is missing or wrong"
	case 61024:
		return ErrMisconfigured, "the AppID is a third-party platform's; this API wants the mini program's"
	}
	return ErrBadReply, "an unknown failure; see WeChat's list of return codes"
}

// Where the operator mends the most common mistakes.
const (
	inSettings = " in the app's development settings (开发设置) at mp.weixin.qq.com"
	toSettings = "; copy the current one from the app's development settings (开发设置) at mp.weixin.qq.com"
)

// rejectsToken reports whether an errcode says that the access token is bad. A
// 40001 is on the list although it can mean a wrong AppSecret too.
func rejectsToken(err error) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains([]int{40001, 40014, 42001}, e.Code)
}

// ridOf finds the request id in an errmsg, as in "invalid code, rid:
// 5f4b2d2b-0d7b4fd8-1e2b9d3a". It takes nothing but that form, because an errmsg
// may hold anything.
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

// addressOf finds the address in the errmsg of a 40164, as in "invalid ip
// 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist". It takes nothing but an
// address: a zone could be any text.
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
