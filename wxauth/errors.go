package wxauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Errors of this package, for errors.Is.
var (
	// ErrNotLoggedIn: there is no identity in the context.
	ErrNotLoggedIn = errors.New("not logged in")
	// ErrSessionKeyStale: no session_key that the server has of this user
	// fits. The mini program calls wx.login, and the user does it again.
	ErrSessionKeyStale = errors.New("session_key is stale")
	// ErrDenied is what Config.OnLogin returns, wrapped or not, to refuse a
	// user.
	ErrDenied = errors.New("login denied")
)

// Error is a failure as the client is told of it: its code and status, and
// how long to wait. What is in Err stays on the server.
//
// The codes are stable:
//
//	invalid_request     400, 405, 413, 415
//	invalid_code        400  wx.login again
//	not_logged_in       401  wx.login, then repeat once
//	login_denied        403  tell the user, do not loop
//	session_key_stale   409  wx.login, then do the action again
//	rate_limited        429  wait
//	misconfigured       500  the log tells the operator what
//	internal            500  the application's own hook or type
//	wechat_bad_reply    502  wait, then wx.login again
//	wechat_unavailable  503  wait, then wx.login again
//	store_unavailable   503  wait, then repeat, a login with a new code
type Error struct {
	Code       string
	Status     int
	RetryAfter time.Duration // 0 for none
	Err        error         // the cause; its text has no secret
}

func (e *Error) Error() string {
	if e.Err == nil {
		return "wxauth: " + e.Code
	}
	return fmt.Sprintf("wxauth: %s: %v", e.Code, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

const (
	codeInvalidRequest    = "invalid_request"
	codeInvalidCode       = "invalid_code"
	codeNotLoggedIn       = "not_logged_in"
	codeLoginDenied       = "login_denied"
	codeSessionKeyStale   = "session_key_stale"
	codeRateLimited       = "rate_limited"
	codeMisconfigured     = "misconfigured"
	codeInternal          = "internal"
	codeWeChatBadReply    = "wechat_bad_reply"
	codeWeChatUnavailable = "wechat_unavailable"
	codeStoreUnavailable  = "store_unavailable"
)

// mistake is an error whose text is for the client: what it did wrong.
type mistake string

func (m mistake) Error() string { return string(m) }

// invalidRequest is the client's mistake.
func invalidRequest(status int, why string) *Error {
	return &Error{Code: codeInvalidRequest, Status: status, Err: mistake(why)}
}

// asError finds out what the client is told of a failure.
func asError(err error) *Error {
	if e := (*Error)(nil); errors.As(err, &e) {
		if e.Status < 400 || e.Status > 599 { // an application's own, left out
			e = &Error{e.Code, http.StatusInternalServerError, e.RetryAfter, e.Err}
		}
		return e
	}
	e := &Error{Err: err}
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(ErrNotLoggedIn):
		e.Code, e.Status = codeNotLoggedIn, http.StatusUnauthorized
	case is(errStore):
		e.Code, e.Status, e.RetryAfter = codeStoreUnavailable, http.StatusServiceUnavailable, soon()
	case is(ErrDenied), is(wxapi.ErrUserBlocked):
		e.Code, e.Status = codeLoginDenied, http.StatusForbidden
	case is(ErrSessionKeyStale), is(wxapi.ErrSessionKeyInvalid):
		e.Code, e.Status = codeSessionKeyStale, http.StatusConflict
	case is(wxapi.ErrInvalidCode):
		e.Code, e.Status = codeInvalidCode, http.StatusBadRequest
	case is(wxapi.ErrRateLimited):
		e.Code, e.Status, e.RetryAfter = codeRateLimited, http.StatusTooManyRequests, time.Minute
	case is(wxapi.ErrMisconfigured), is(wxapi.ErrAccessToken):
		e.Code, e.Status = codeMisconfigured, http.StatusInternalServerError
	case is(wxapi.ErrBusy), is(wxapi.ErrUnavailable):
		e.Code, e.Status, e.RetryAfter = codeWeChatUnavailable, http.StatusServiceUnavailable, soon()
	case is(wxapi.ErrBadReply):
		e.Code, e.Status = codeWeChatBadReply, http.StatusBadGateway
	default:
		e.Code, e.Status = codeInternal, http.StatusInternalServerError
	}
	return e
}

// soon spreads the clients that come back after an outage over a few seconds.
func soon() time.Duration { return time.Duration(1+rand.N(5)) * time.Second }

// detail is what a client's developer may read; it tells nothing of the cause.
func (e *Error) detail() string {
	if m := mistake(""); errors.As(e.Err, &m) {
		return string(m)
	}
	switch e.Code {
	case codeInvalidRequest:
		return "the request is malformed"
	case codeInvalidCode:
		return "WeChat does not take this code; get a new one"
	case codeNotLoggedIn:
		return "log in with a new code of wx.login"
	case codeLoginDenied:
		return "this user may not log in"
	case codeSessionKeyStale:
		return "log in with a new code of wx.login, then do the action again"
	case codeRateLimited:
		return "too many requests to WeChat"
	case codeWeChatBadReply, codeWeChatUnavailable:
		return "WeChat can't be asked at the moment; come back with a new code of wx.login"
	case codeStoreUnavailable:
		return "logins can't be looked up or made at the moment; those that there are stay good"
	}
	if e.Status < http.StatusInternalServerError {
		return "refused" // with a code of the application's own
	}
	return "an error of the server"
}

// WriteError answers a request with an error of Decrypt and the like, or of
// the application's own.
func (a *Auth) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	e := asError(err)
	a.log(r, e)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if e.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds(e.RetryAfter)))
	}
	a.replyError(w, r, e)
}

// log tells the operator what the client isn't told.
func (a *Auth) log(r *http.Request, e *Error) {
	level := slog.LevelError
	switch {
	case e.Status < http.StatusInternalServerError, gone(r.Context(), e.Err):
		level = slog.LevelDebug
	case e.Code == codeWeChatUnavailable:
		level = slog.LevelWarn
	}
	if e.Code == codeRateLimited || e.Code == codeLoginDenied {
		level = slog.LevelWarn
	}
	// No path: an application may have put anything into it.
	a.logger.Log(r.Context(), level, "wxauth: request refused", "code", e.Code, "error", e.Err)
}

// gone reports whether an error is there because the client is not.
func gone(ctx context.Context, err error) bool {
	return ctx.Err() == context.Canceled && errors.Is(err, context.Canceled)
}

// problem writes an error as problem details, RFC 9457.
func problem(w http.ResponseWriter, _ *http.Request, e *Error) {
	writeJSON(w, "application/problem+json", e.Status, struct {
		Title      string `json:"title"`
		Status     int    `json:"status"`
		Detail     string `json:"detail"`
		Code       string `json:"code"`
		RetryAfter int    `json:"retry_after,omitempty"`
	}{http.StatusText(e.Status), e.Status, e.detail(), e.Code, seconds(e.RetryAfter)})
}

func writeJSON(w http.ResponseWriter, contentType string, status int, v any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// seconds rounds up, so that nobody comes back too early.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
