package wxauth

import (
	"context"
	"fmt"
	"time"
)

// ActiveLogin is one of a user's logins.
type ActiveLogin struct{ Since, Until time.Time }

// Logins returns the logins of a user that have not ended, the oldest first. One
// that the application has shortened by the manager's SetDeadline is among them
// until the end that it was made with.
func (a *Auth) Logins(ctx context.Context, appID, openID string) ([]ActiveLogin, error) {
	r, _, err := a.users.load(ctx, user{appID, openID})
	if err == nil && r.undecodable {
		err = errUndecodable
	}
	if err != nil {
		return nil, asError(fmt.Errorf("reading the user's logins: %w", err))
	}
	var logins []ActiveLogin
	for _, l := range r.logins {
		if l := (ActiveLogin{time.Unix(l.since, 0), time.Unix(l.until, 0)}); time.Now().Before(l.Until) {
			logins = append(logins, l)
		}
	}
	return logins, nil
}

// Revoke ends all logins of a user and returns how many there were. No token
// that was given out before the call works after it. It costs one deletion per
// login.
//
// When it fails, some logins may have ended and others not; it can be called
// again.
func (a *Auth) Revoke(ctx context.Context, appID, openID string) (int, error) {
	start := a.begin()
	n, err := a.revoke(ctx, appID, openID)
	a.emit(ctx, eventRevoke, appID, start, err)
	if err != nil {
		return n, asError(fmt.Errorf("revoking the user's logins: %w", err))
	}
	return n, nil
}

func (a *Auth) revoke(ctx context.Context, appID, openID string) (n int, err error) {
	r, _, err := a.users.load(ctx, user{appID, openID})
	if err == nil && r.undecodable {
		err = errUndecodable
	}
	if err != nil {
		return 0, err
	}
	var keys []string
	now := time.Now().Unix()
	for _, l := range r.logins {
		if err := a.sessions.delete(ctx, l.key); err != nil {
			return n, err
		}
		keys = append(keys, l.key)
		if l.until > now {
			n++
		}
	}
	return n, a.users.forget(ctx, appID, openID, keys...)
}
