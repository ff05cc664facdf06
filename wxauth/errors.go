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
	// ErrNotLoggedIn reports that there is no login. The context has no identity, the
	// request has no token, the token is unknown, or its login has ended. The client
	// gets CodeNotLoggedIn.
	ErrNotLoggedIn = errors.New("not logged in")
	// ErrSessionKeyStale reports that none of the user's session keys on the server
	// fits the data, or that WeChat has replaced the session_key. The client gets
	// CodeSessionKeyStale. The mini program then calls wx.login, and the user repeats
	// the action.
	ErrSessionKeyStale = errors.New("session_key is stale")
	// ErrDenied refuses a user if Config.OnLogin returns it, wrapped or not. The client
	// gets CodeLoginDenied.
	ErrDenied = errors.New("login denied")
	// ErrUnknownApp reports an appid that is not served. Config.FindApp returns it for
	// such an appid. A login with such an appid gets CodeInvalidRequest. A token or an
	// identity with such an appid gets CodeNotLoggedIn. If LoginAs or API returns
	// ErrUnknownApp, the client gets CodeMisconfigured.
	ErrUnknownApp = errors.New("the app is not served")
)

// These are the codes of the errors of this package. Problem details contain the code
// as the member "code". The codes are stable. Each comment names the HTTP status and
// what the client should do.
const (
	// CodeInvalidRequest (400, 405, 413 or 415) reports a request that the client
	// must fix.
	CodeInvalidRequest = "invalid_request"
	// CodeInvalidCode (400) reports a code that WeChat rejected. Get a new code from
	// wx.login, or for a phone number from the phone button.
	CodeInvalidCode = "invalid_code"
	// CodeNotLoggedIn (401) reports that there is no login. If the answer has no
	// reason, call wx.login and repeat the request once. If it has a reason, show the
	// reason, and call wx.login when the user asks for a login.
	CodeNotLoggedIn = "not_logged_in"
	// CodeLoginDenied (403) reports that Config.OnLogin or WeChat refused the user.
	// Tell the user, and do not repeat the login.
	CodeLoginDenied = "login_denied"
	// CodeSessionKeyStale (409) reports that no session_key on the server fits. Call
	// wx.login, then repeat the action.
	CodeSessionKeyStale = "session_key_stale"
	// CodeRateLimited (429) reports too many calls to WeChat. Wait for the time in
	// Retry-After.
	CodeRateLimited = "rate_limited"
	// CodeMisconfigured (500) reports a mistake that the operator must fix. The log
	// contains the details. The client can do nothing.
	CodeMisconfigured = "misconfigured"
	// CodeInternal (500) reports that the application's own code failed, for example
	// Config.OnLogin. The log contains the error. The client can do nothing.
	CodeInternal = "internal"
	// CodeWeChatBadReply (502) reports a reply that differs from WeChat's
	// documentation. Wait for the time in Retry-After, then try again. If the request
	// had a code, get a new code.
	CodeWeChatBadReply = "wechat_bad_reply"
	// CodeWeChatUnavailable (503) reports that WeChat was busy, was not reachable or
	// did not answer in time. Wait for the time in Retry-After, then try again. If the
	// request had a code, get a new code. Never send the same code again.
	CodeWeChatUnavailable = "wechat_unavailable"
	// CodeStoreUnavailable (503) reports that the session store or Config.FindApp
	// failed. Wait for the time in Retry-After, then repeat the request. If the request
	// was a login, get a new code. Existing logins remain valid.
	CodeStoreUnavailable = "store_unavailable"
)

// Error is a failure as reported to the client. An application can return its own Error
// from Config.OnLogin, or pass its own Error to WriteError. The client then gets this
// Error. This package replaces an invalid Status by 500 and fills in an empty Detail.
type Error struct {
	// Code is one of the Code constants, or a code of the application.
	Code string
	// Status is the HTTP status, 400 to 599. Any other value becomes 500.
	Status int
	// Detail is one sentence for the developer of the client. If Detail is empty, this
	// package fills it in before it calls Config.ReplyError.
	Detail string
	// Reason is the reason for which the server ended the login, or "" if there is
	// none.
	Reason string
	// RetryAfter is sent as the header Retry-After (RFC 9110 section 10.2.3), rounded
	// up to whole seconds. If RetryAfter is 0, the header is not sent.
	RetryAfter time.Duration
	// Err is the cause. Err is logged, but never sent to the client. The text of an Err
	// from this package contains no secret.
	Err error

	event, appID string // for the log
}

// Error returns the code with the text of Err, or with Detail if Err is nil.
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

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// invalidRequest returns the error for a request that the client must fix.
func invalidRequest(status int, detail string) *Error {
	return &Error{Code: CodeInvalidRequest, Status: status, Detail: detail}
}

// detailError is an error with its own Detail for the client.
type detailError struct {
	error
	detail string
}

func (e *detailError) Unwrap() error { return e.error }

// asError returns the Error that the client gets for err. The Error records event and
// appID, unless err is already an Error that records an event.
func (a *Auth) asError(event, appID string, err error) *Error {
	var e Error
	if own := (*Error)(nil); errors.As(err, &own) {
		e = *own // from the application, or from an earlier asError
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

// classify returns an Error with the code and the status for err.
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

// detail returns the default Detail of an Error. The text does not reveal the cause. It
// recommends wx.login only if wx.login helps.
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
		return "the request was refused" // the application defined this code
	}
	return "the server has an error"
}

// gone reports whether err was caused by the client disconnecting.
func gone(ctx context.Context, err error) bool {
	return errors.Is(err, errAbandoned) || ctx.Err() == context.Canceled && errors.Is(err, context.Canceled)
}
