package wxauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// ActiveLogin is one of a user's live logins. Its fields have the same meaning as in
// Identity.
type ActiveLogin struct {
	LoginID      string
	Since, Until time.Time
}

// Logins returns the live logins of the user with id.AppID and id.OpenID, in the
// order in which they were stored. If a handler under LoadAndSave has shortened a
// login by the session manager's SetDeadline, Logins still uses the original end. After
// a failure of the store, Logins can also return a login that has ended.
func (a *Auth) Logins(ctx context.Context, id Identity) ([]ActiveLogin, error) {
	r, _, err := a.users.load(ctx, userOf(id))
	if err != nil {
		return nil, a.asError("", id.AppID, fmt.Errorf("reading the user's logins: %w", err))
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

// EndLogin ends the login with id.LoginID, which must be set. id.AppID and id.OpenID must
// name the user of the login. [Auth.Revoke] describes the parameter reason. EndLogin
// reports whether the login was live. EndLogin fails if ctx is the context of OnLogin.
func (a *Auth) EndLogin(ctx context.Context, id Identity, reason string) (bool, error) {
	n, err := a.endLogins(ctx, id, reason, endSelection{
		what:   "ending the login",
		needID: true,
		chosen: func(l recordLogin) bool { return l.loginID == id.LoginID },
	})
	return n > 0, err
}

// RevokeOthers ends all logins of the user with id.AppID and id.OpenID, except the login
// with id.LoginID. All three fields must be set. [Auth.Revoke] describes the parameter
// reason. RevokeOthers returns how many of the ended logins were live. If OnLogin is
// running for another login of the user, that login fails.
//
// If OnLogin calls RevokeOthers with the context of its request, id must be the identity
// that OnLogin received. The call does not affect the login of this identity.
func (a *Auth) RevokeOthers(ctx context.Context, id Identity, reason string) (int, error) {
	return a.endLogins(ctx, id, reason, endSelection{
		what:    "ending the user's other logins",
		event:   EventRevoke,
		needID:  true,
		revokes: true,
		chosen:  func(l recordLogin) bool { return l.loginID != id.LoginID },
	})
}

// Revoke ends all logins of the user with id.AppID and id.OpenID, and returns how
// many were live. After a successful Revoke, the tokens of these logins no longer work.
// If the store is a stores.CachedFinder, another process can still accept such a token
// for a short time. If the store is not a stores.Swapper, a save by LoadAndSave at the same
// moment can restore a login. If OnLogin is running for a login of the user, this login fails.
// A login that still waits for WeChat's answer is not affected. Revoke also deletes the
// user's session keys. It fails if ctx is the context of OnLogin.
//
// The reason has at most 32 characters, which must be a-z or _. If a login was ended with
// a reason, the 401 answers to its token contain the reason until the original end of the
// login. The client should then ask the user before it logs in again. If the reason is "",
// the client can log in again without asking.
//
// If the store fails during Revoke, some of the logins can still be live. Call Revoke
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

// endSelection holds what differs between EndLogin, RevokeOthers and Revoke.
type endSelection struct {
	what    string // the start of an error text
	event   string // an event to emit in addition to EventEnd; "" for none
	needID  bool   // Identity.LoginID must be set
	revokes bool   // also refuse logins that are not stored yet; see loginUnderWay
	all     bool   // also delete the session keys
	chosen  func(recordLogin) bool
}

func (a *Auth) endLogins(ctx context.Context, id Identity, reason string, s endSelection) (int, error) {
	start := a.begin()
	n, err := a.endSelected(ctx, id, reason, s)
	if s.event != "" {
		a.emit(ctx, Event{Name: s.event, AppID: id.AppID, Count: n}, start, err)
	}
	if err != nil {
		return n, a.asError(cmp.Or(s.event, EventEnd), id.AppID, fmt.Errorf("%s: %w", s.what, err))
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
	// First change the record. After this change, the selected logins cannot be renewed.
	// If s.revokes is set, every loginUnderWay of the user that began before the change
	// is refused, except w. Then delete the sessions. Last, remove the logins from the
	// record.
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
	// The count includes a login even if the deletion of its session fails. The
	// record marks this login as ended, and a repeated call deletes the session.
	return count, a.finishEnding(ctx, userOf(id), ended, &record, form)
}
