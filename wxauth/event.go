package wxauth

import (
	"context"
	"errors"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Event.Name is one of these constants. Event.Outcome shows whether the operation
// succeeded.
const (
	// EventLogin is an attempt to log in by LoginHandler or LoginAs. Concurrent
	// requests that share the exchange of a code cause one event.
	EventLogin = "login"
	// EventRenew is a call of Renew.
	EventRenew = "renew"
	// EventLogout is an attempt to end a login by Logout or LogoutHandler. Under
	// LoadAndSave, it is also an attempt to end the login by a method of the session
	// manager, such as Destroy. A call of Logout that finds no login causes no event.
	EventLogout = "logout"
	// EventEnd is the end of one login by Config.MaxLogins, EndLogin, Revoke or
	// RevokeOthers. It is also the end of an older login whose token came with the
	// request for a new login. If the store fails, the login can still be live, or the
	// event can be missing.
	EventEnd = "end"
	// EventRevoke is a call of Revoke or RevokeOthers. If the store does not fail, each
	// live login that the call ended also causes an EventEnd.
	EventRevoke = "revoke"
	// EventRequest is a request that failed the login check of Require, Identify,
	// LoadAndSave or SessionHandler. For example, the request has no login, or the
	// store failed. Identify causes no event for a request without a login.
	EventRequest = "request"
	// EventSave is a save of changed session data by LoadAndSave or Save.
	EventSave = "save"
	// EventDecrypt is a call of Decrypt.
	EventDecrypt = "decrypt"
	// EventVerify is a call of VerifyRawData.
	EventVerify = "verify"
	// EventSign is a call of Sign.
	EventSign = "sign"
	// EventPhoneNumber is a call of PhoneNumber.
	EventPhoneNumber = "phone_number"
	// EventCheckSessionKey is a call of CheckSessionKey.
	EventCheckSessionKey = "check_key"
	// EventResetSessionKey is a call of ResetSessionKey.
	EventResetSessionKey = "reset_key"
	// EventUserEncryptKeys is a call of UserEncryptKeys.
	EventUserEncryptKeys = "encrypt_keys"
)

// Event.Outcome is one of these constants, or the Code of an Error.
const (
	// OutcomeOK is the outcome of a success.
	OutcomeOK = "ok"
	// OutcomeCanceled means that the operation failed because the client disconnected,
	// or because the context was canceled for another reason.
	OutcomeCanceled = "canceled"
	// OutcomeUnknown means that WeChat rejected the code as used (errcode 40163) after
	// the code had been sent more than once. The reply to an earlier request was lost, or
	// was errcode -1 (busy). That request may have used the code. The operation's error
	// has CodeInvalidCode.
	OutcomeUnknown = "unknown"
)

// Event describes one operation, for metrics and audit. It contains no secret and no
// personal data.
type Event struct {
	// Name is one of the Event constants.
	Name string
	// AppID is the AppID of the mini program. It is "" if the app is not known, and
	// for EventRequest.
	AppID string
	// LoginID identifies the login. It is "" if there is no login, if the login is not
	// known, and for EventRequest and EventRevoke.
	LoginID string

	// Outcome is OutcomeOK, the Code of the operation's error, or another Outcome
	// constant. For EventSave, not_logged_in means that the login ended before the
	// save, and the data was dropped. LoadAndSave does not report this to the client.
	Outcome string

	// ErrCode is the errcode of WeChat's answer. It is 0 if there is no errcode.
	ErrCode int
	// RID is the id that WeChat gave to a failed call of its API. WeChat's support asks
	// for this id. RID can be empty.
	RID string

	// Duration is the time that the operation took.
	Duration time.Duration
	// Waited is the part of Duration in which a login waited for other calls to WeChat to
	// end; see wxapi.Options.MaxInFlight. It is 0 for events other than EventLogin.
	Waited time.Duration
	// WeChat is the total duration of the attempts to exchange the code of a login. It
	// is 0 for events other than EventLogin.
	WeChat time.Duration
	// Attempts is the number of attempts to exchange the code of a login. It is 0 for
	// events other than EventLogin.
	Attempts int
	// Count is the number of live logins that Revoke or RevokeOthers ended. If the store
	// failed, some of these logins can still be live. Count is 0 for events other than
	// EventRevoke.
	Count int
}

func (a *Auth) begin() (start time.Time) {
	if a.onEvent != nil {
		start = time.Now()
	}
	return start
}

// emit sets the fields Outcome, ErrCode and RID of an event, and Duration if start is not
// the zero time. Then it passes the event to Config.OnEvent, if set.
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
