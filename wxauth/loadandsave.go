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

// LoadAndSave is Require, and loads the session's data for the application, which
// reads and changes it through the session manager's Get, Put and so on. The token
// always decides: an identity that is in the context gives way.
//
// Changed data is saved after the handler, by key: requests at once lose nothing
// of each other, and of two that change one key the later save wins. A value that
// is put as it was is no change. A value that is changed in place, without Put, is
// saved only if something else was put. A counter still loses increments. A store
// that is no stores.Swapper saves the whole, so it can lose what another request
// saved, and can bring back a login that ends just then.
//
// If the login has ended meanwhile, the data is dropped. If the save fails, the
// connection is aborted, so that the client does not take a lost write for a
// success; see [Outermost]. Over HTTP/1.1 a reply of known length that is out in
// full before the save cannot be taken back. A handler that must know before it
// answers calls [Auth.Save]. It does not call the manager's Commit, which writes
// the whole.
//
// The login ends when the application calls the manager's RenewToken, Destroy,
// Clear or MergeSession. What is put into the session after that is dropped. A
// deadline set by the manager's SetDeadline can shorten a login and cannot extend
// it.
//
// LoadAndSave cannot stand inside the manager's own LoadAndSave. The answer is 500
// (misconfigured), because the data in the context is another session's.
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

// Save saves the session's data now, under LoadAndSave, for a handler that must
// know before it answers. The error is ErrNotLoggedIn if the login has ended, and
// the data is dropped. It can be called several times in one request. What is
// changed afterwards is saved after the handler.
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

// save saves what has changed since the last save. It works for a request whose
// client has gone.
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
		return fmt.Errorf("encoding the session data: %w", err)
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

// write stores the change. A store that cannot swap gets the whole, after a look
// whether the session is still there, and in a format that this program may replace.
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

// errMoved reports a save that came after another request had renewed the login.
var errMoved = errors.New("the login was renewed by another request before this one saved its data")

// lostSession returns the error of a save whose session is gone: ErrNotLoggedIn if
// the login has ended, or errMoved.
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
