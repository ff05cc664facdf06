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

// LoadAndSave is like Require, but takes the user only from the request's token, and
// loads the data of the login's session. It replaces an identity that is already in the
// context. In the handler, the application reads and changes the data through the
// session manager's Get, Put and similar methods.
//
// After the handler has returned, LoadAndSave saves the handler's changes. A Put of an
// equal value is not a change. If a handler changes a value in place, for example an
// entry of a map, the handler must also call Put for the value. Otherwise the change can
// be lost.
//
// If the store is a stores.Swapper, LoadAndSave saves only the changed keys. Two
// concurrent requests that change different keys therefore do not overwrite each other's
// changes. If both requests change the same key, the later save wins. A counter can
// therefore lose increments. With any other store, a save writes the whole session. Such a
// save can overwrite the changes of another request. It can also restore a login that ends
// during the save.
//
// If the login has ended before the save, LoadAndSave drops the changes. If the save
// fails, LoadAndSave aborts the connection, or the stream in HTTP/2. The client then
// does not mistake the reply for a success. Some middleware prevents this abort; see
// [Outermost]. In HTTP/1.1, a reply of known length can reach the client completely
// before the save. The abort is then too late. If a handler must know the result of the
// save before it answers, the handler calls [Auth.Save]. The handler must not call the
// manager's Commit, which writes the whole session.
//
// The manager's RenewToken, Destroy and Clear end the login. MergeSession ends the login
// if it merges the session of another login. If a handler ends the login by one of these
// calls, all unsaved changes are dropped. The manager's SetDeadline can shorten a login
// but cannot extend it.
//
// Do not use LoadAndSave inside the manager's own LoadAndSave. A request with a
// well-formed token then gets 500 (misconfigured), because the context already holds
// another session.
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
		if l.outer != nil {
			return
		}
		if err := l.save(); err != nil && !errors.Is(err, ErrNotLoggedIn) {
			a.abort(w, r, err)
		}
	})
}

// Save saves the session's data immediately. It is for handlers under LoadAndSave that
// must know the result of the save before they answer. If there are changes, but a method
// of Auth, such as Revoke or Logout, has ended the login, the error is ErrNotLoggedIn. Save
// then drops the changes. If another request has renewed the login, the error is another
// one. Save continues even if the client disconnects. A store that takes a context has 5
// seconds for the save. A handler can call Save several times. If the handler makes more
// changes after Save, LoadAndSave saves them after the handler has returned.
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
		// The application has ended the login, for example by RenewToken or Destroy.
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

// write saves l.change. If the store is not a stores.Swapper, write first checks that the
// session still exists, and checks the format of its stored login.
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

var errMoved = errors.New("the login was renewed by another request before this one saved its data")

// lostSession returns the error of a save that found no session under key. When Renew moves
// a session to a new key, it stores a note. If lostSession finds this note, the error is
// errMoved.
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
