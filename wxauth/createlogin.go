package wxauth

import (
	"context"
	"fmt"
	"time"
)

// lateTimeout is the time limit of some store operations that continue after the client
// has disconnected, such as those of Logout and Save.
const lateTimeout = 5 * time.Second

var errRevokedMeanwhile = fmt.Errorf("%w: the user's logins were revoked meanwhile", ErrNotLoggedIn)

// storeLogin stores a login under a new token. It writes the session before the user
// record, and returns the token after both writes. So when a client gets the token, Revoke
// can find the login in the record.
//
// Several requests can share the new login. The slice brought holds tokens that these
// requests carried. storeLogin ends the older logins of these tokens. It also ends logins
// of the user until at most Config.MaxLogins are left, including the new login. If it
// cannot delete the session of a login that it ends, the new login fails.
func (a *Auth) storeLogin(ctx context.Context, w *loginUnderWay, values map[string]any, brought []string) (login Login, undo func(), err error) {
	old, err := a.oldLogins(ctx, brought)
	if err != nil {
		a.emit(ctx, Event{Name: EventEnd, AppID: w.AppID}, time.Time{}, err)
		return Login{}, nil, err
	}
	token := newToken()
	key := a.sessions.key(token)
	own := recordLogin{loginID: w.LoginID, key: key, since: w.Since.Unix(), until: w.until}
	all := map[string]any{identityValue: w.text(token)}
	for k, v := range values {
		all[k] = v
	}
	undo = func() {
		// The token was never sent, so a failed cleanup is harmless.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateTimeout)
		defer cancel()
		if a.sessions.delete(ctx, key) == nil {
			a.users.forget(ctx, w.user(), []recordLogin{own})
		}
	}
	err = a.sessions.create(ctx, key, w.ends(), all)
	if err == nil {
		err = a.recordLogin(ctx, w, own, old)
	}
	for _, o := range old {
		if err == nil && userOf(o.Identity) != w.user() {
			err = a.endOldLogin(ctx, o)
		}
	}
	if err != nil {
		undo()
		return Login{}, nil, fmt.Errorf("storing the login: %w", err)
	}
	return Login{Identity: w.Identity, Token: token}, undo, nil
}

// recordLogin adds the new login (the parameter own) and the new session_key, if there is
// one, to the user's record. It ends the user's logins that are in the slice old. It also
// ends logins of the user until at most Config.MaxLogins are left, including the new login.
func (a *Auth) recordLogin(ctx context.Context, w *loginUnderWay, own recordLogin, old []oldLogin) error {
	var (
		record userRecord
		ended  []endedLogin
	)
	hidden := w.hidden()
	form, err := a.users.updateFrom(ctx, w.user(), hidden.read, hidden.form, func(r *userRecord) (bool, error) {
		if r.revocation != w.revocation {
			return false, errRevokedMeanwhile
		}
		ended = r.endReplaced(old, w.user())
		ended = append(ended, r.endAbove(a.maxLogins-1, a.clock.unix(), a.notBefore)...)
		r.logins = append(r.logins, own)
		if hidden.sessionKey != nil {
			r.addKey(*hidden.sessionKey, time.Now(), a.users.grace)
		}
		record = *r
		return true, nil
	})
	if err != nil || len(ended) == 0 {
		return err
	}
	return a.finishEnding(ctx, w.user(), ended, &record, form)
}
