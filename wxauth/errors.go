package wxauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// These are the errors of this package. Test for them with errors.Is.
var (
	// ErrNotLoggedIn reports that there is no valid login. For example, the context has
	// no identity, the request has no token, the token is unknown, or its login has
	// ended. The client gets CodeNotLoggedIn.
	ErrNotLoggedIn = errors.New("not logged in")
	// ErrSessionKeyStale reports that the server has no usable session_key of the user,
	// or that data from the client is too old or may be forged. For example, WeChat has
	// replaced the session_key. The client gets CodeSessionKeyStale. The mini program
	// must log in with wx.login, then repeat the action.
	ErrSessionKeyStale = errors.New("session_key is stale")
	// ErrDenied refuses a user if Config.OnLogin returns it, wrapped or not. The client
	// gets CodeLoginDenied.
	ErrDenied = errors.New("login denied")
	// ErrUnknownApp reports that the server does not serve the app with a given appid.
	// Config.FindApp must return ErrUnknownApp for such an appid. A login request with
	// such an appid gets CodeInvalidRequest. If a token belongs to a login to such an
	// app, Require answers with CodeNotLoggedIn. Methods such as Decrypt and Renew
	// return ErrNotLoggedIn for an identity of such an app. If LoginAs or API returns
	// ErrUnknownApp, WriteError answers with CodeMisconfigured.
	ErrUnknownApp = errors.New("the app is not served")
)

// These are the codes of the errors of this package. The default of Config.ReplyError
// sends the code as the member "code" of problem details (RFC 9457). The codes do not
// change between versions. Each comment names the HTTP status and what the client should do.
const (
	// CodeInvalidRequest (400, 405, 413 or 415) reports a request that the client
	// must fix.
	CodeInvalidRequest = "invalid_request"
	// CodeInvalidCode (400) reports a code that WeChat rejected, or a login code that
	// was used before. For a login, get a new code from wx.login. For a phone number,
	// get a new code from the getPhoneNumber button.
	CodeInvalidCode = "invalid_code"
	// CodeNotLoggedIn (401) reports that there is no valid login. If the answer
	// contains no reason (see Error.Reason), log in with wx.login and repeat the request
	// once. If the answer contains a reason, explain the reason to the user. Then log in
	// only when the user asks for a login.
	CodeNotLoggedIn = "not_logged_in"
	// CodeLoginDenied (403) reports that Config.OnLogin or WeChat refused the user.
	// Tell the user, and do not repeat the login.
	CodeLoginDenied = "login_denied"
	// CodeSessionKeyStale (409) reports that the server has no usable session_key of
	// the user, or that data from the client is too old or may be forged. Log in with
	// wx.login, then repeat the action.
	CodeSessionKeyStale = "session_key_stale"
	// CodeRateLimited (429) reports too many calls to WeChat. Wait for the time in
	// Retry-After. Then try again, with a new code if the request contained a code.
	CodeRateLimited = "rate_limited"
	// CodeMisconfigured (500) usually reports a mistake in the settings or the program
	// of the server. The log contains the details. The client can do nothing.
	CodeMisconfigured = "misconfigured"
	// CodeInternal (500) reports an error that fits none of the other codes, usually an
	// error of the application. For example, Config.OnLogin failed. The log contains the
	// error. The client can do nothing.
	CodeInternal = "internal"
	// CodeWeChatBadReply (502) reports that the server got an unexpected reply from
	// WeChat. Wait for the time in Retry-After. Then try again, with a new code if the
	// request contained a code.
	CodeWeChatBadReply = "wechat_bad_reply"
	// CodeWeChatUnavailable (503) usually reports that WeChat was busy, was not reachable
	// or did not answer in time. It can also report that too many calls to WeChat were
	// waiting, or that a function of the application failed, such as App.Exchange. Wait
	// for the time in Retry-After. Then try again, with a new code if the request
	// contained a code.
	CodeWeChatUnavailable = "wechat_unavailable"
	// CodeStoreUnavailable (503) usually reports that the session store or
	// Config.FindApp failed. Wait for the time in Retry-After, then repeat the request.
	// Repeat a login only with a new code. Existing logins remain valid.
	CodeStoreUnavailable = "store_unavailable"
)

// Error is a failure as reported to the client. To choose what the client gets, an
// application can return its own Error from Config.OnLogin, or pass its own Error to
// WriteError.
type Error struct {
	// Code is one of the Code constants, or a code of the application.
	Code string
	// Status is the HTTP status, 400 to 599. Any other value becomes 500.
	Status int
	// Detail is one sentence for the developer of the client. If Detail is empty,
	// Config.ReplyError receives a default text.
	Detail string
	// Reason is the reason for which the server ended the login, or "" if there is no
	// reason.
	Reason string
	// RetryAfter is sent as the header Retry-After (RFC 9110 section 10.2.3), rounded
	// up to whole seconds. If RetryAfter is 0 or negative, the header is not sent.
	RetryAfter time.Duration
	// Err is the cause. It is for the log, and this package never sends it to the
	// client. Its text can contain the text of an error that the application's own code
	// returned, for example Config.OnLogin. This package adds no secret to the text.
	Err error

	event, appID string // for the log; event also selects the default Detail
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

func invalidRequest(status int, detail string) *Error {
	return &Error{Code: CodeInvalidRequest, Status: status, Detail: detail}
}

// detailError is an error with a text for Error.Detail.
type detailError struct {
	error
	detail string
}

func (e *detailError) Unwrap() error { return e.error }

// asError returns the Error that the client gets for err. The returned Error records
// event and appID for the log. If err wraps an Error that already records an event, the
// returned Error keeps that event and its appID.
func (a *Auth) asError(event, appID string, err error) *Error {
	var e Error
	if own := (*Error)(nil); errors.As(err, &own) {
		e = *own
		e.RetryAfter = max(e.RetryAfter, 0)
		if e.Status < 400 || e.Status > 599 {
			e.Status = http.StatusInternalServerError
		}
	} else {
		e = classify(err)
	}
	if e.event == "" {
		e.event, e.appID = event, cmp.Or(e.appID, appID)
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

// detail returns the default Detail of an Error. The text does not contain e.Err. It
// recommends wx.login only if a new login can help.
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

// gone reports whether err was caused by the client disconnecting, or by another
// cancellation of ctx.
func gone(ctx context.Context, err error) bool {
	return errors.Is(err, errAbandoned) || ctx.Err() == context.Canceled && errors.Is(err, context.Canceled)
}
