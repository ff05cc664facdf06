package wxauth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// reasonReplaced is the reason that a client gets if Config.MaxLogins ended its login.
const reasonReplaced = "replaced"

// oldLogin is a stored login whose token came with a request for a new login. The new
// login replaces it.
type oldLogin struct {
	storedLogin
	key storeKey
}

// oldLogins returns the live logins of the given tokens.
func (a *Auth) oldLogins(ctx context.Context, tokens []string) ([]oldLogin, error) {
	var old []oldLogin
	for i, token := range tokens {
		if !wellFormedToken(token) || slices.Contains(tokens[:i], token) {
			continue
		}
		var o oldLogin
		var err error
		if o.key, err = a.findLogin(ctx, token, &o.storedLogin); err == nil {
			old = append(old, o)
		} else if !errors.Is(err, ErrNotLoggedIn) {
			return nil, fmt.Errorf("finding the login that this one replaces: %w", err)
		}
	}
	return old, nil
}

func (a *Auth) endOldLogin(ctx context.Context, o oldLogin) error {
	start := a.begin()
	err := a.endSession(ctx, &o.storedLogin, o.key)
	a.emit(ctx, Event{Name: EventEnd, AppID: o.AppID, LoginID: o.LoginID}, start, err)
	if err != nil {
		a.logger.WarnContext(ctx, "wxauth: the login before this one was not ended", "app", o.AppID, "error", err)
	}
	return err
}

// endedLogin is an ended login whose session must still be deleted.
type endedLogin struct {
	recordLogin
	event bool // EventEnd must be emitted for this login
}

// endReplaced marks the logins in the slice old as ended in the record, and returns them.
// It ignores logins in old that do not belong to who. It also returns other logins that the
// record already marked as ended, because their sessions may not have been deleted yet. Of
// these other logins, it does not return those whose field moved is true, because a running
// Renew may still copy data from their sessions.
func (r *userRecord) endReplaced(old []oldLogin, who user) (ended []endedLogin) {
	has := func(key storeKey) bool {
		return slices.ContainsFunc(ended, func(e endedLogin) bool { return e.key == key })
	}
	for _, o := range old {
		if userOf(o.Identity) != who {
			continue
		}
		known := r.find(o.LoginID) >= 0
		ended = append(ended, r.end(o.LoginID, "")...)
		if !has(o.key) { // the record has no entry with o.key, for example because Renew has moved the login
			ended = append(ended, endedLogin{recordLogin{loginID: o.LoginID, key: o.key, until: o.until}, !known})
		}
	}
	for _, l := range r.logins {
		if l.ended && !l.moved && !has(l.key) {
			ended = append(ended, endedLogin{l, false})
		}
	}
	return ended
}

// endAbove marks live logins as ended until at most n are live, and returns the marked
// logins. It starts with the login that would expire first.
func (r *userRecord) endAbove(n int, now, notBefore int64) (ended []endedLogin) {
	for {
		first, live := -1, 0
		for i, l := range r.logins {
			if !l.live(now, notBefore) {
				continue
			}
			live++
			if first < 0 || l.until < r.logins[first].until {
				first = i
			}
		}
		if live <= n {
			return ended
		}
		ended = append(ended, r.end(r.logins[first].loginID, reasonReplaced)...)
	}
}

// finishEnding deletes the sessions of the ended logins, and removes these logins from
// the user's record. The parameter record is the record that the caller has just written.
// The parameter form is this record as encoded in the store.
func (a *Auth) finishEnding(ctx context.Context, who user, ended []endedLogin, record *userRecord, form []byte) error {
	gone := make([]recordLogin, 0, len(ended))
	for _, e := range ended {
		start := a.begin()
		err := a.deleteSession(ctx, e)
		if e.event {
			a.emit(ctx, Event{Name: EventEnd, AppID: who.appID, LoginID: e.loginID}, start, err)
		}
		if err != nil {
			return fmt.Errorf("ending a login: %w", err)
		}
		gone = append(gone, e.recordLogin)
	}
	_, err := a.users.updateFrom(ctx, who, record, form, func(r *userRecord) (bool, error) { return r.remove(gone), nil })
	if err != nil {
		// The sessions are already deleted, so this failure is harmless.
		a.logger.WarnContext(ctx, "wxauth: ended logins are still in the user record", "app", who.appID, "error", err)
	}
	return nil
}

// deleteSession deletes the session of an ended login. If there is a reason, it stores
// the reason before the deletion, so that a later 401 can contain the reason.
func (a *Auth) deleteSession(ctx context.Context, e endedLogin) error {
	if e.reason != "" {
		if err := a.noteEnd(ctx, e.key, noteEnded+e.reason, time.Unix(e.until, 0)); err != nil {
			return err
		}
	}
	return a.sessions.delete(ctx, e.key)
}
