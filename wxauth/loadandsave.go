package wxauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// LoadAndSave does what Require does, and also loads the session's data. The
// application reads and changes the data through the session manager's Get, Put and
// similar methods. The token always decides. An identity that is already in the
// context is replaced.
//
// After the handler, each changed key is saved separately. Concurrent requests
// therefore do not overwrite each other's keys. If two requests change the same
// key, the later save wins. A counter can therefore still lose increments. A Put of
// an equal value is not a change. A handler that changes a value in place, such as
// a map, must also call Put. Otherwise the change may be lost.
//
// If the store is not a stores.Swapper, a save writes the whole session, not only the
// changed keys. Such a save can overwrite the changes of another request. It can
// also bring back a login that ends at the same moment.
//
// If the login has ended before the save, the data is dropped. If the save fails,
// the connection is aborted. The client then does not mistake a lost write for a
// success; see [Outermost]. In HTTP/1.1, a reply of known length may be sent
// completely before the save. Such a reply cannot be undone. A handler that must
// know the result of the save before it answers calls [Auth.Save]. It must not call
// the manager's Commit, which writes the whole session.
//
// The login ends when the application calls the manager's RenewToken, Destroy,
// Clear or MergeSession. Values that are put into the session after such a call are
// dropped. The manager's SetDeadline can shorten a login but cannot extend it.
//
// Do not use LoadAndSave inside the manager's own LoadAndSave. The answer is then
// 500 (misconfigured), because the context holds the data of another session.
func (a *Auth) LoadAndSave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.begin()
		l := loaded{Context: r.Context(), auth: a, token: a.token(r)}
		ctx, err := l.load(r)
		if err != nil {
			a.refuse(w, r, start, err)
			return
		}
		a.keepPrivate(w)
		next.ServeHTTP(w, r.WithContext(ctx))
		if l.outer {
			return
		}
		if err := l.save(); err != nil && !errors.Is(err, ErrNotLoggedIn) {
			a.abort(w, r, err)
		}
	})
}

// Save saves the session's data immediately. It is for handlers under LoadAndSave
// that must know the result before they answer. If the login has ended, the data is
// dropped and the error is ErrNotLoggedIn. Save takes at most 5 seconds, and
// completes even if the client disconnects. It can be called several times in one
// request. Later changes are saved after the handler.
func (a *Auth) Save(ctx context.Context) error {
	l := loadedFrom(ctx, a)
	if l == nil {
		return a.asError(EventSave, "", errors.New("Save is called outside LoadAndSave"))
	}
	if err := l.save(); err != nil {
		return a.asError(EventSave, l.place.Load().AppID, fmt.Errorf("saving the session: %w", err))
	}
	return nil
}

// save saves what has changed since the last save. It also works if the client has
// disconnected.
func (l *loaded) save() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, manager := l.auth, l.auth.sessions.manager
	if l.ended {
		return ErrNotLoggedIn
	}
	if manager.Status(l.ctx) == scs.Unmodified {
		return nil
	}
	start, place := a.begin(), l.place.Load()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), lateTimeout)
	defer cancel()
	if manager.Token(ctx) != l.token || manager.GetString(ctx, identityValue) != l.text {
		// RenewToken, Destroy, Clear or MergeSession.
		l.ended = true
		err := a.endSession(ctx, &place.login, place.key)
		a.emit(ctx, Event{Name: EventLogout, AppID: place.AppID, LoginID: place.login.LoginID}, start, err)
		return err
	}
	if manager.Deadline(ctx).After(place.login.ends()) {
		manager.SetDeadline(ctx, place.login.ends())
	}
	view := l.view()
	_, expiry, err := view.Commit(l.ctx)
	if err != nil {
		err = fmt.Errorf("encoding the session data: %w", err)
		a.emit(ctx, Event{Name: EventSave, AppID: place.AppID, LoginID: place.login.LoginID}, start, err)
		return err
	}
	if a.sessions.unchanged(&l.change) {
		return nil
	}
	if err = l.write(ctx, place.key, expiry); errors.Is(err, stores.ErrNotFound) {
		if err = a.lostSession(ctx, place.key); errors.Is(err, ErrNotLoggedIn) {
			l.ended = true
			a.logger.WarnContext(ctx, "wxauth: session data dropped: the login has ended", "app", place.AppID)
		}
	}
	a.emit(ctx, Event{Name: EventSave, AppID: place.AppID, LoginID: place.login.LoginID}, start, err)
	return err
}

// write stores the change. If the store cannot swap, write stores the whole
// session. Before that, it checks that the session still exists and has a format
// that this program may replace.
func (l *loaded) write(ctx context.Context, key storeKey, expiry time.Time) error {
	s := l.auth.sessions
	if _, ok := s.swapper(); ok {
		return s.apply(ctx, key, &l.change)
	}
	b, found, err := s.find(ctx, key)
	if err != nil {
		return err
	}
	if !found {
		return stores.ErrNotFound
	}
	text, _, err := s.value(b, identityValue)
	if err == nil {
		err = checkFormat(text)
	}
	if err != nil {
		return undecodable(err)
	}
	if err := s.commit(ctx, key, l.change.mine, expiry); err != nil {
		return err
	}
	l.change.base, l.change.stored = l.change.mine, l.change.mine
	return nil
}

// errMoved reports a save that failed because another request had renewed the
// login.
var errMoved = errors.New("the login was renewed by another request before this one saved its data")

// lostSession returns the error of a save whose session no longer exists. The error
// is errMoved if the login was renewed, and ErrNotLoggedIn if the login has ended.
func (a *Auth) lostSession(ctx context.Context, key storeKey) error {
	note, err := a.readEnd(ctx, key)
	if err == nil {
		err = ErrNotLoggedIn
	}
	if note == noteRenewed {
		err = errMoved
	}
	return err
}
