package wxauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Errors of this package, for errors.Is.
var (
	// ErrNotLoggedIn reports that there is no login: no identity in the
	// context, no token, or one whose login has ended.
	ErrNotLoggedIn = errors.New("not logged in")
	// ErrSessionKeyStale reports that no session_key that the server has of
	// this user fits. The mini program calls wx.login, and the user does the
	// action again.
	ErrSessionKeyStale = errors.New("session_key is stale")
	// ErrDenied is what Config.OnLogin returns, wrapped or not, to refuse a
	// user.
	ErrDenied = errors.New("login denied")
	// ErrUnknownApp reports an appid that is not served.
	ErrUnknownApp = errors.New("the app is not served")
)

// The codes of an Error, and of the "code" member of problem details. They are
// stable.
const (
	// CodeInvalidRequest: 400, 405, 413 or 415. Fix the request.
	CodeInvalidRequest = "invalid_request"
	// CodeInvalidCode: 400. Get a new code from where this one came: wx.login
	// or the phone button.
	CodeInvalidCode = "invalid_code"
	// CodeNotLoggedIn: 401. Without a reason, call wx.login and repeat the
	// request once. With a reason, show it, and call wx.login when the user
	// asks.
	CodeNotLoggedIn = "not_logged_in"
	// CodeLoginDenied: 403. Tell the user, and do not try again.
	CodeLoginDenied = "login_denied"
	// CodeSessionKeyStale: 409. Call wx.login, then do the action again.
	CodeSessionKeyStale = "session_key_stale"
	// CodeRateLimited: 429. Wait for Retry-After.
	CodeRateLimited = "rate_limited"
	// CodeMisconfigured: 500. The log tells the operator what is wrong.
	CodeMisconfigured = "misconfigured"
	// CodeInternal: 500. The application's own hook or type failed.
	CodeInternal = "internal"
	// CodeWeChatBadReply: 502. Wait, then call wx.login again.
	CodeWeChatBadReply = "wechat_bad_reply"
	// CodeWeChatUnavailable: 503. Wait, then call wx.login again. Never send
	// the code again.
	CodeWeChatUnavailable = "wechat_unavailable"
	// CodeStoreUnavailable: 503. Wait, then repeat; a login needs a new code.
	// Existing logins remain valid.
	CodeStoreUnavailable = "store_unavailable"
)

// Error is a failure as reported to the client. An application may return one of
// its own from Config.OnLogin, or pass one to WriteError. It is then answered as
// it is.
type Error struct {
	Code       string
	Status     int           // 400 to 599
	Detail     string        // one sentence for the client's developer; filled in before Config.ReplyError
	Reason     string        // why the server ended the login; "" for none
	RetryAfter time.Duration // 0 for none
	Err        error         // the cause, which stays on the server; its text has no secret

	event, appID string // for the log
}

func (e *Error) Error() string {
	text := "wxauth: " + e.Code
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", text, e.Err)
	}
	if e.Detail != "" {
		return text + ": " + e.Detail
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// invalidRequest returns the error for a request that the client must fix.
func invalidRequest(status int, detail string) *Error {
	return &Error{Code: CodeInvalidRequest, Status: status, Detail: detail}
}

// detailError is an error that has its own text for the client.
type detailError struct {
	error
	detail string
}

func (e *detailError) Unwrap() error { return e.error }

// asError decides what the client learns of a failure of an event.
func (a *Auth) asError(event, appID string, err error) *Error {
	var e Error
	if own := (*Error)(nil); errors.As(err, &own) {
		e = *own // of the application, or decided before
		if e.Status < 400 || e.Status > 599 {
			e.Status = http.StatusInternalServerError
		}
	} else {
		e = classify(err)
	}
	if e.event == "" {
		e.event, e.appID = event, appID
	}
	var d *detailError
	if errors.As(err, &d) && e.Detail == "" {
		e.Detail = d.detail
	}
	if e.Detail == "" {
		e.Detail = detail(&e)
	}
	return &e
}

// classify finds the code of a failure.
func classify(err error) Error {
	e := Error{Err: err}
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(ErrNotLoggedIn):
		e.Code, e.Status = CodeNotLoggedIn, http.StatusUnauthorized
		if ended := (*endedError)(nil); errors.As(err, &ended) {
			e.Reason = ended.reason
		}
	case is(errStore), is(errUndecodable), is(errFindApp):
		e.Code, e.Status, e.RetryAfter = CodeStoreUnavailable, http.StatusServiceUnavailable, soon()
	case is(ErrDenied), is(wxapi.ErrUserBlocked):
		e.Code, e.Status = CodeLoginDenied, http.StatusForbidden
	case is(ErrSessionKeyStale), is(wxapi.ErrSessionKeyInvalid):
		e.Code, e.Status = CodeSessionKeyStale, http.StatusConflict
	case is(wxapi.ErrInvalidCode):
		e.Code, e.Status = CodeInvalidCode, http.StatusBadRequest
	case is(wxapi.ErrRateLimited):
		e.Code, e.Status, e.RetryAfter = CodeRateLimited, http.StatusTooManyRequests, time.Minute
	case is(wxapi.ErrMisconfigured), is(wxapi.ErrAccessToken), is(ErrUnknownApp):
		e.Code, e.Status = CodeMisconfigured, http.StatusInternalServerError
	case is(wxapi.ErrBusy), is(wxapi.ErrUnavailable), is(errAbandoned):
		e.Code, e.Status, e.RetryAfter = CodeWeChatUnavailable, http.StatusServiceUnavailable, retryAfter(err)
	case is(wxapi.ErrBadReply):
		e.Code, e.Status, e.RetryAfter = CodeWeChatBadReply, http.StatusBadGateway, retryAfter(err)
	default:
		e.Code, e.Status = CodeInternal, http.StatusInternalServerError
	}
	return e
}

// detail returns what a client's developer may read. It says nothing of the
// cause. It advises wx.login only where wx.login helps.
func detail(e *Error) string {
	login := e.event == EventLogin
	switch e.Code {
	case CodeInvalidRequest:
		return "the request is malformed"
	case CodeInvalidCode:
		if e.event == EventPhoneNumber {
			return "WeChat rejected this code; let the user press the phone button again"
		}
		return "WeChat rejected this code; get a new one"
	case CodeNotLoggedIn:
		if e.Reason != "" {
			return "this login was ended; tell the user, who may log in again"
		}
		return "log in with a new code of wx.login"
	case CodeLoginDenied:
		return "this user may not log in"
	case CodeSessionKeyStale:
		return "log in with a new code of wx.login, then do the action again"
	case CodeRateLimited:
		return "too many requests to WeChat"
	case CodeWeChatBadReply, CodeWeChatUnavailable:
		switch {
		case login:
			return "WeChat cannot be reached at the moment; wait, then log in with a new code of wx.login"
		case e.event == EventPhoneNumber:
			return "WeChat cannot be reached at the moment; wait, then let the user press the phone button again"
		}
		return "WeChat cannot be reached at the moment; wait, then try again"
	case CodeStoreUnavailable:
		return "the login service is temporarily unavailable; existing logins remain valid"
	}
	if e.Status < http.StatusInternalServerError {
		return "the request was refused" // with a code of the application's own
	}
	return "the server has an error"
}

// gone reports whether err was caused by the client disconnecting.
func gone(ctx context.Context, err error) bool {
	return errors.Is(err, errAbandoned) || ctx.Err() == context.Canceled && errors.Is(err, context.Canceled)
}
