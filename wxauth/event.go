package wxauth

import (
	"context"
	"errors"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// The names of events.
const (
	// EventLogin: LoginHandler or LoginAs. Concurrent requests with the same code
	// cause one event.
	EventLogin = "login"
	// EventRenew: Renew.
	EventRenew = "renew"
	// EventLogout: Logout. Also if the application ended the login through the
	// session manager.
	EventLogout = "logout"
	// EventEnd: MaxLogins, EndLogin, Revoke, RevokeOthers or a new login of the
	// same client ended a login.
	EventEnd = "end"
	// EventRevoke: Revoke or RevokeOthers. Each call causes one event, and Count is
	// set.
	EventRevoke = "revoke"
	// EventRequest: Require, Identify, LoadAndSave or SessionHandler refused a
	// request.
	EventRequest = "request"
	// EventSave: LoadAndSave or Save saved session data, or failed to save it.
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
	// OutcomeUnknown: WeChat reported that the code was already used. An earlier
	// attempt of the same login may have used the code, and its reply was lost. The
	// client got invalid_code.
	OutcomeUnknown = "unknown"
)

// Event is something that happened, for metrics and audit. It holds no secret and
// no personal data.
type Event struct {
	Name    string // one of the Event constants
	AppID   string // of the mini program, if it is known
	LoginID string // of the login, if there is one

	// Outcome is OutcomeOK, the code of the error that the client got, or another
	// Outcome constant. If the login ended before its data was saved, the Outcome
	// is not_logged_in. The data is then dropped. The client learns of the end from
	// its next request.
	Outcome string

	ErrCode int    // WeChat's errcode, 0 if there is none
	RID     string // WeChat's request id, for WeChat's support; may be empty

	Duration time.Duration // the total time
	Waited   time.Duration // the part of Duration in which a login waited to call WeChat
	WeChat   time.Duration // the part of Duration in which calls to WeChat ran
	Attempts int           // how many calls to WeChat were attempted
	Count    int           // how many live logins Revoke or RevokeOthers ended
}

// begin returns the current time, or the zero time if Config.OnEvent is nil.
func (a *Auth) begin() (start time.Time) {
	if a.onEvent != nil {
		start = time.Now()
	}
	return start
}

// emit completes an event that began at start, and passes the event to
// Config.OnEvent.
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
