package wxauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// afterExchange limits the time of a login after the exchange of the code. OnLogin and
// storing the login share this time.
const afterExchange = 10 * time.Second

// loginResult is a successful login. The field ended holds tokens that the requests for
// this login carried. codeLogin.perform has ended the older logins of these tokens. If
// a request for this login came after perform had read the tokens, its token can be missing
// from the field ended.
type loginResult struct {
	Login
	ended []string
}

// loginByCode logs a user in by the code in a request. Concurrent requests with the same
// appid and code get the same login. OnLogin gets the first of these requests.
func (a *Auth) loginByCode(r *http.Request, req loginRequest, start time.Time) (Login, error) {
	key := newFlightKey(req.client.AppID(), req.code)
	token := a.token(r)
	result, err := a.logins.do(r.Context(), key, token, func(ctx context.Context, fl *flight[loginResult]) {
		l := &codeLogin{Auth: a, loginRequest: req, r: r, key: key, start: start, flight: fl}
		l.run(ctx)
	})
	if err == nil && !slices.Contains(result.ended, token) {
		// This request came after perform had read the tokens, so perform has not ended
		// the older login of this request's token.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), lateTimeout)
		defer cancel()
		if old, err := a.oldLogins(ctx, []string{token}); err == nil && len(old) > 0 {
			a.endOldLogin(ctx, old[0])
		}
	}
	return result.Login, err
}

// codeLogin is one login by a code. All concurrent requests with the same appid and code
// share one codeLogin.
type codeLogin struct {
	*Auth
	loginRequest
	r      *http.Request // the first of the concurrent requests
	key    flightKey
	start  time.Time
	flight *flight[loginResult]
	trace  wxapi.Trace
	inHook atomic.Bool
}

// run performs the login and gives the result to the requests that share it. If the login
// took too long, these requests have already got an error, and run deletes the stored login.
func (l *codeLogin) run(ctx context.Context) {
	result, undo, err := loginResult{}, func() {}, errNoResult
	defer func() {
		if !l.answer(ctx, result, err) && err == nil {
			undo()
		}
	}()
	result, undo, err = l.perform(ctx)
}

// answer emits the event of the login and gives the result to the requests that share the
// login. Only the first call of answer does this. Any other call does nothing and returns
// false.
func (l *codeLogin) answer(ctx context.Context, result loginResult, err error) bool {
	if !l.flight.settle() {
		return false
	}
	defer l.flight.publish(result, err)
	l.emitLogin(ctx, result, err)
	return true
}

// emitLogin recovers from a panic in OnEvent, because net/http does not recover from panics
// in the goroutine of a login.
func (l *codeLogin) emitLogin(ctx context.Context, result loginResult, err error) {
	defer func() {
		if p := recover(); p != nil {
			l.logPanic(ctx, "wxauth: panic in Config.OnEvent", p)
		}
	}()
	l.emit(ctx, Event{
		Name: EventLogin, AppID: l.client.AppID(), LoginID: result.LoginID,
		Attempts: l.trace.Attempts, Waited: l.trace.Waited, WeChat: l.trace.WeChat,
	}, l.start, err)
}

// perform exchanges the code, calls OnLogin and stores the login. If err is nil, the caller
// can call undo to delete the stored login.
func (l *codeLogin) perform(ctx context.Context) (result loginResult, undo func(), err error) {
	defer func() {
		if p := recover(); p != nil {
			err = l.panicked(ctx, p)
		}
	}()
	if l.used.has(l.key) {
		return result, nil, errCodeUsed
	}
	l.trace.BeforeSend = l.flight.send
	got, err := l.client.Code2Session(wxapi.WithTrace(ctx, &l.trace), l.loginRequest.code)
	if err == nil || errors.Is(err, wxapi.ErrInvalidCode) {
		l.used.add(l.key)
	}
	if err != nil {
		l.apps.rejected(l.client.AppID(), err)
		return result, nil, err
	}
	if _, wanted := l.flight.wanted(); !wanted {
		return result, nil, errAbandoned
	}
	ctx, cancel := context.WithTimeout(ctx, afterExchange)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.answer(ctx, loginResult{}, l.tooLate(ctx)) })
	defer stop()

	key := &got.Key
	if key.IsZero() { // App.Exchange returned no session_key
		key = nil
	}
	w, err := l.beginLogin(ctx, Identity{AppID: l.client.AppID(), OpenID: got.OpenID, UnionID: got.UnionID}, key)
	if err != nil {
		return result, nil, err
	}
	values, err := l.callHook(ctx, w)
	if err != nil {
		return result, nil, err
	}
	brought, wanted := l.flight.wanted()
	if !wanted {
		return result, nil, errAbandoned
	}
	login, undo, err := l.storeLogin(ctx, w, values, brought)
	return loginResult{login, brought}, undo, err
}

// panicked logs a panic and returns the error of the login. The error contains the
// type of the panic value but not the value, because the value can contain secrets.
func (l *codeLogin) panicked(ctx context.Context, value any) error {
	l.logPanic(ctx, "wxauth: panic during a login", value)
	if l.inHook.Load() {
		return hookError(fmt.Errorf("panic with a %T", value))
	}
	return fmt.Errorf("calling WeChat or the store: panic with a %T", value)
}

func (l *codeLogin) logPanic(ctx context.Context, message string, value any) {
	l.logger.ErrorContext(ctx, message, "type", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
}

// tooLate returns the error of a login that exceeded the time limit afterExchange.
func (l *codeLogin) tooLate(ctx context.Context) error {
	if l.inHook.Load() {
		return hookError(fmt.Errorf("it took longer than %v", afterExchange))
	}
	return storeFailure(context.DeadlineExceeded)
}
