package wxauth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ActiveLogin is one of a user's live logins.
type ActiveLogin struct {
	LoginID      string
	Since, Until time.Time
}

// The methods below are about all logins of a user, who is named by id.AppID and
// id.OpenID. Their errors are for WriteError. A reason is "" or 1 to 32 of the
// characters a-z and _. A client whose login ends without a reason may log in
// again silently. A reason is sent to the client in its next 401, and the client
// then lets the user decide.

// Logins returns the live logins of a user, the oldest first. A login that the
// application has shortened by the manager's SetDeadline is listed with the end
// that it was made with.
func (a *Auth) Logins(ctx context.Context, id Identity) ([]ActiveLogin, error) {
	r, _, err := a.users.load(ctx, userOf(id))
	if err != nil {
		return nil, a.asError(EventRevoke, id.AppID, fmt.Errorf("reading the user's logins: %w", err))
	}
	var logins []ActiveLogin
	now := a.clock.unix()
	for _, l := range r.logins {
		if l.live(now, a.notBefore) {
			logins = append(logins, ActiveLogin{l.loginID, time.Unix(l.since, 0).UTC(), time.Unix(l.until, 0).UTC()})
		}
	}
	return logins, nil
}

// EndLogin ends the login of id.LoginID, which must be set. It reports whether the
// login was live.
func (a *Auth) EndLogin(ctx context.Context, id Identity, reason string) (bool, error) {
	n, err := a.endLogins(ctx, id, reason, endSelection{
		what:   "ending the login",
		needID: true,
		chosen: func(l recordLogin) bool { return l.loginID == id.LoginID },
	})
	return n > 0, err
}

// RevokeOthers ends all logins of a user but the one of id.LoginID, which must be
// set. It returns how many were live. In OnLogin it spares the login under way.
// A login that another request has under way is refused.
func (a *Auth) RevokeOthers(ctx context.Context, id Identity, reason string) (int, error) {
	return a.endLogins(ctx, id, reason, endSelection{
		what:    "ending the user's other logins",
		event:   EventRevoke,
		needID:  true,
		revokes: true,
		chosen:  func(l recordLogin) bool { return l.loginID != id.LoginID },
	})
}

// Revoke ends all logins of a user and returns how many were live. No token that
// was issued before the call works after it, and a login under way is refused.
// The user's session keys are deleted. Revoke costs one deletion for each login.
//
// When it fails, some logins may have ended and others not. It can be called
// again.
func (a *Auth) Revoke(ctx context.Context, id Identity, reason string) (int, error) {
	return a.endLogins(ctx, id, reason, endSelection{
		what:    "revoking the user's logins",
		event:   EventRevoke,
		revokes: true,
		all:     true,
		chosen:  func(recordLogin) bool { return true },
	})
}

// endSelection says which logins of a user to end.
type endSelection struct {
	what    string // for errors
	event   string // besides one EventEnd for each login; "" for none
	needID  bool   // Identity.LoginID must be set
	revokes bool   // logins under way are refused
	all     bool   // the session keys go too
	chosen  func(recordLogin) bool
}

func (a *Auth) endLogins(ctx context.Context, id Identity, reason string, s endSelection) (int, error) {
	start := a.begin()
	n, err := a.endSelected(ctx, id, reason, s)
	if s.event != "" {
		a.emit(ctx, Event{Name: s.event, AppID: id.AppID, Count: n}, start, err)
	}
	if err != nil {
		return n, a.asError(EventRevoke, id.AppID, fmt.Errorf("%s: %w", s.what, err))
	}
	return n, nil
}

func (a *Auth) endSelected(ctx context.Context, id Identity, reason string, s endSelection) (live int, err error) {
	if err := validReason(reason); err != nil {
		return 0, err
	}
	if s.needID && id.LoginID == "" {
		return 0, errors.New("the identity has no LoginID")
	}
	w := underWay(ctx)
	if w != nil && (!s.revokes || s.all || w.LoginID != id.LoginID) {
		return 0, errInHook
	}
	// First the record refuses logins under way and renewals. Then the sessions
	// go. The logins leave the record last.
	var (
		ended  []endedLogin
		record userRecord
		count  int
		fresh  = newLoginID()
	)
	form, err := a.users.updateFrom(ctx, userOf(id), nil, nil, func(r *userRecord) (bool, error) {
		if w != nil && r.revocation != w.revocation {
			return false, errRevokedMeanwhile
		}
		ended, count = nil, 0
		now := a.clock.unix()
		for i, l := range r.logins {
			if !s.chosen(l) {
				continue
			}
			e := r.logins[i].end(reason)
			if e.event = l.live(now, a.notBefore); e.event {
				count++
			}
			ended = append(ended, e)
		}
		if s.revokes {
			r.revocation = fresh
		}
		if s.all {
			r.sessionKeys, r.sealed = nil, nil
		}
		record = *r
		return s.revokes || len(ended) > 0, nil
	})
	if err != nil {
		return 0, err
	}
	if w != nil {
		w.revocation, w.hidden().read = fresh, nil
	}
	if len(ended) == 0 {
		return 0, nil
	}
	// The logins count as ended also where a session is still to be deleted: the
	// record does not know them as live any more, and the next call deletes it.
	return count, a.finishEnding(ctx, userOf(id), ended, &record, form)
}
