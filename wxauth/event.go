package wxauth

import (
	"context"
	"errors"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// The names of events.
const (
	// EventLogin: LoginHandler or LoginAs. Requests that bring one code at the
	// same time are one event.
	EventLogin = "login"
	// EventRenew: Renew.
	EventRenew = "renew"
	// EventLogout: Logout, or the application ended the login through the
	// session manager.
	EventLogout = "logout"
	// EventEnd: a login was ended by MaxLogins, EndLogin, Revoke,
	// RevokeOthers, or the new login of the same client.
	EventEnd = "end"
	// EventRevoke: Revoke or RevokeOthers, once, with Count.
	EventRevoke = "revoke"
	// EventRequest: a request that Require, Identify, LoadAndSave or
	// SessionHandler did not let pass.
	EventRequest = "request"
	// EventSave: session data was saved, or was to be saved, under LoadAndSave.
	EventSave = "save"

	EventDecrypt         = "decrypt"      // Decrypt
	EventVerify          = "verify"       // VerifyRawData
	EventSign            = "sign"         // Sign
	EventPhoneNumber     = "phone_number" // PhoneNumber
	EventCheckSessionKey = "check_key"    // CheckSessionKey
	EventResetSessionKey = "reset_key"    // ResetSessionKey
	EventUserEncryptKeys = "encrypt_keys" // UserEncryptKeys
)

// The outcomes of events that are not the code of an Error.
const (
	OutcomeOK = "ok"
	// OutcomeCanceled: the client disconnected before it got an answer.
	OutcomeCanceled = "canceled"
	// OutcomeUnknown: WeChat said that the code was used, perhaps by an
	// earlier attempt of the same login whose reply was lost. The client got
	// invalid_code.
	OutcomeUnknown = "unknown"
)

// Event is something that happened, for metrics and audit. It holds no secret and
// no personal data.
type Event struct {
	Name    string // one of the Event constants
	AppID   string // of the mini program, where it is known
	LoginID string // of the login, where there is one

	// Outcome is OutcomeOK, the code of the error that the client got, or
	// another of the Outcome constants. A save of a login that has ended
	// meanwhile is not_logged_in; its data is dropped, and the client learns
	// so from its next request.
	Outcome string

	ErrCode int    // WeChat's errcode, 0 if there is none
	RID     string // WeChat's request id, for its support; may be empty

	Duration time.Duration // in all
	Waited   time.Duration // the part of Duration for which a login waited for its turn at WeChat
	WeChat   time.Duration // the part of Duration for which WeChat was asked
	Attempts int           // how often WeChat was asked
	Count    int           // how many live logins a Revoke ended
}

// begin returns the current time, or the zero time if Config.OnEvent is nil.
func (a *Auth) begin() (start time.Time) {
	if a.onEvent != nil {
		start = time.Now()
	}
	return start
}

// emit completes an event that began at start, and hands it to Config.OnEvent.
func (a *Auth) emit(ctx context.Context, e Event, start time.Time, err error) {
	if a.onEvent == nil {
		return
	}
	if !start.IsZero() {
		e.Duration = time.Since(start)
	}
	e.Outcome = OutcomeOK
	if err != nil {
		e.Outcome = a.asError(e.Name, e.AppID, err).Code
	}
	if gone(ctx, err) {
		e.Outcome = OutcomeCanceled
	}
	if err != nil && !errors.Is(err, errHook) {
		if errors.Is(err, wxapi.ErrOutcomeUnknown) {
			e.Outcome = OutcomeUnknown
		}
		var answer *wxapi.Error
		if errors.As(err, &answer) {
			e.ErrCode, e.RID = answer.Code, answer.RID
		}
	}
	a.onEvent(ctx, e)
}
