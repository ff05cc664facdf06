package wxauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// WriteError writes an error as the answer to a request. The error can come from this
// package, for example from Decrypt, or from the application. An error that wraps no
// *Error and no error of this package or of wxapi gets 500 (internal).
//
// WriteError sets the header Cache-Control. If the status is 401, it sets
// WWW-Authenticate. If the client should wait before a retry, it sets Retry-After. Then
// it calls Config.ReplyError. WriteError also logs the error. During an outage of the
// store or of WeChat, it does not log every error.
func (a *Auth) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	a.writeError(w, r, a.asError("", "", err))
}

func (a *Auth) writeError(w http.ResponseWriter, r *http.Request, e *Error) {
	a.logFailure(r.Context(), "wxauth: request refused", e)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if e.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challenge(e))
	}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds(e.RetryAfter)))
	}
	a.replyError(w, r, e)
}

// challenge returns the value of the WWW-Authenticate header (RFC 6750 section 3).
func challenge(e *Error) string {
	switch {
	case errors.Is(e.Err, errNoScheme):
		return `Bearer error="invalid_request"`
	case errors.Is(e.Err, errTokenRefused):
		return `Bearer error="invalid_token"`
	}
	return "Bearer"
}

// writeProblem is the default of Config.ReplyError. It writes problem details (RFC
// 9457).
func writeProblem(w http.ResponseWriter, _ *http.Request, e *Error) {
	writeJSON(w, "application/problem+json", e.Status, struct {
		Title      string `json:"title"`
		Status     int    `json:"status"`
		Detail     string `json:"detail"`
		Code       string `json:"code"`
		Reason     string `json:"reason,omitempty"`
		RetryAfter int    `json:"retry_after,omitempty"`
	}{http.StatusText(e.Status), e.Status, e.Detail, e.Code, e.Reason, seconds(e.RetryAfter)})
}

func writeJSON(w http.ResponseWriter, contentType string, status int, v any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
