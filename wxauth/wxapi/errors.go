package wxapi

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// What went wrong, for errors.Is. An answer of WeChat is an *Error, which is
// one of these by its errcode; the rest is reported as one of them directly.
var (
	// ErrBusy: WeChat is busy (-1) and stayed so over the retries.
	ErrBusy = errors.New("WeChat is busy")
	// ErrUnavailable: no reply came in time, or no connection.
	ErrUnavailable = errors.New("no reply from WeChat")
	// ErrBadReply: a reply that this package can't take for what it should
	// be, an errcode that it does not know among them.
	ErrBadReply = errors.New("unexpected reply from WeChat")
	// ErrInvalidCode: the code is wrong, expired, used, or another app's.
	ErrInvalidCode = errors.New("invalid code")
	// ErrOutcomeUnknown comes with ErrInvalidCode: the code was refused as
	// used, but by an earlier attempt of the same call, whose reply was lost.
	ErrOutcomeUnknown = errors.New("outcome of an earlier attempt unknown")
	// ErrUserBlocked: WeChat blocked the login of a high-risk user, or the
	// user's account is frozen.
	ErrUserBlocked = errors.New("user blocked by WeChat")
	// ErrSessionKeyInvalid: the user's session_key is not the live one.
	ErrSessionKeyInvalid = errors.New("session_key expired or replaced")
	// ErrRateLimited: too many calls, this minute (45011) or today (45009).
	ErrRateLimited = errors.New("rate limited by WeChat")
	// ErrMisconfigured: the operator's or this package's mistake, such as a
	// wrong AppSecret or a caller's IP that is not on the app's list.
	ErrMisconfigured = errors.New("refused by WeChat as misconfigured")
	// ErrAccessToken: the access token is wrong or expired.
	ErrAccessToken = errors.New("access token refused by WeChat")
)

// Error is a failure that WeChat reported.
//
// WeChat's errmsg is not kept: it can echo what was sent.
type Error struct {
	Code int    // the errcode
	RID  string // WeChat's request id, for its support; may be empty
}

func (e *Error) Error() string {
	text := fmt.Sprintf("errcode %d (%v)", e.Code, e.class())
	if e.RID != "" {
		text += ", rid " + e.RID
	}
	return text
}

// Is makes errors.Is(err, ErrInvalidCode) and so on true by the errcode.
func (e *Error) Is(target error) bool { return target == e.class() }

// class sorts the errcodes of code2Session, the access token pages and the
// other calls of this package. See the table of return codes at
// https://developers.weixin.qq.com/doc/oplatform/developers/errCode/.
func (e *Error) class() error {
	switch e.Code {
	case -1:
		return ErrBusy
	case 40029, 40163, 42003, 42007:
		return ErrInvalidCode
	case 40226, 50002:
		return ErrUserBlocked
	case 87007, 87009:
		return ErrSessionKeyInvalid
	case 45009, 45011:
		return ErrRateLimited
	case 40014, 42001:
		return ErrAccessToken
	case 40001, 40002, 40003, 40013, 40090, 40097, 40125, 40164, 40243, // credentials, arguments, IP
		41001, 41002, 41004, 41008, 41009, 41021, // something missing
		43001, 43002, 43003, 44002, 47001, // form of the request
		48001, 48004, 50004, 50007, // what the app may do
		61003, 61004, 61007, 61024, // third-party platforms
		87008,               // sig_method
		89503, 89506, 89507: // IP to be confirmed
		return ErrMisconfigured
	}
	return ErrBadReply
}

// rejectsToken reports whether an errcode says that the access token is bad. A
// 40001 is on the list although it can mean a wrong AppSecret too.
func rejectsToken(err error) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains([]int{40001, 40014, 42001}, e.Code)
}

// ridOf finds the request id that ends an errmsg, as in
// "invalid code, rid: 5f4b2d2b-0d7b4fd8-1e2b9d3a". Nothing but that form is
// taken, for an errmsg may hold anything.
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
