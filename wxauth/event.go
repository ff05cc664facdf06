package wxauth

import (
	"context"
	"errors"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Event is something that happened, for metrics and audit. It holds no secret
// and no personal data.
type Event struct {
	// Name says what was done: "login", "logout" (also one by the application,
	// through the session manager), "request" (one that Require, Identify,
	// LoadAndSave or SessionHandler could not let through), "save" (session
	// data after a request), "revoke", or the use of a session_key: "decrypt",
	// "verify", "sign", "phone_number", "check_key", "reset_key",
	// "encrypt_keys".
	Name string

	// AppID is the mini program's, where it is known.
	AppID string

	// Outcome is "ok" or the code of the error that the client got, or
	// "canceled" when the client was gone before it got any. At a login it is
	// "unknown" when WeChat said that the code was used, but may have said so
	// of an attempt of the same login whose reply was lost; the
	// client got "invalid_code". At a save it is "not_logged_in" when the
	// session had ended meanwhile; its data is dropped, and the client
	// learns so from its next request.
	Outcome string

	ErrCode int    // WeChat's errcode, 0 if there is none
	RID     string // WeChat's request id, for its support; may be empty

	Duration time.Duration // how long it took
}

const (
	eventLogin   = "login"
	eventLogout  = "logout"
	eventRequest = "request"
	eventSave    = "save"
	eventRevoke  = "revoke"

	eventDecrypt     = "decrypt"
	eventVerify      = "verify"
	eventSign        = "sign"
	eventPhoneNumber = "phone_number"
	eventCheckKey    = "check_key"
	eventResetKey    = "reset_key"
	eventEncryptKeys = "encrypt_keys"
)

// begin is the time now, if there is anybody to tell how long it takes.
func (a *Auth) begin() (start time.Time) {
	if a.onEvent != nil {
		start = time.Now()
	}
	return start
}

// emit tells Config.OnEvent what came of something that began at start.
func (a *Auth) emit(ctx context.Context, name, appID string, start time.Time, err error) {
	if a.onEvent == nil {
		return
	}
	e := Event{Name: name, AppID: appID, Outcome: "ok", Duration: time.Since(start)}
	if err != nil {
		e.Outcome = asError(err).Code
	}
	if gone(ctx, err) {
		e.Outcome = "canceled"
	}
	if err != nil && !errors.Is(err, errHook) {
		if errors.Is(err, wxapi.ErrOutcomeUnknown) {
			e.Outcome = "unknown"
		}
		var answer *wxapi.Error
		if errors.As(err, &answer) {
			e.ErrCode, e.RID = answer.Code, answer.RID
		}
	}
	a.onEvent(ctx, e)
}
