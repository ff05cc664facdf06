package wxauth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// LoadAndSave is Require, and loads the session's data for the application,
// which reads and changes it through the session manager's Get, Put and so on.
// It always goes by the token: an identity that is in the context gives way.
//
// Changed data is saved after the handler, if the login has not ended
// meanwhile. When that fails the connection is aborted, by a panic with
// http.ErrAbortHandler, so that the client does not take a lost write for a
// success; what the client has received by then is received. A handler that
// must know before it answers calls the manager's Commit.
//
// A store that does not know of stores.UpdateOnly, as no store of scs does, can
// bring back a login that ends just while its data is saved: the store is asked
// for the login before, but that is one step and the save is another.
//
// The login ends when the application calls the manager's RenewToken, Destroy,
// Clear or MergeSession. Whatever is put into the session after that is dropped.
// A deadline set by the manager's SetDeadline can shorten a login, but not extend
// it: a later one is taken back before the save. So don't call Commit with one.
//
// LoadAndSave can't stand inside the manager's own LoadAndSave: the answer is
// 500 (misconfigured), since the data in the context is of another session.
func (a *Auth) LoadAndSave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.begin()
		l := loaded{Context: r.Context(), sessions: a.sessions, token: a.token(r)}
		ctx, err := a.loadSession(&l, r)
		if err != nil {
			a.refuse(w, r, start, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
		if l.nested {
			return
		}
		if err := a.saveSession(ctx, &l); err != nil {
			a.logger.ErrorContext(ctx, "wxauth: session data not saved", "error", err)
			panic(http.ErrAbortHandler)
		}
	})
}

// loaded is a session whose data is in a context, and that context's part with
// what this package has to say: who is logged in, and that a commit must find
// the session, or it would bring back one that has ended.
type loaded struct {
	context.Context
	session
	sessions sessions
	token    string
	nested   bool // an outer LoadAndSave loaded it, and will save it
}

func (l *loaded) Value(key any) any {
	switch key := key.(type) {
	case identityKey:
		if l.OpenID != "" { // else it is being loaded
			return &l.Identity
		}
	case stores.UpdateOnlyKey:
		if string(key) == l.sessions.key(l.token) {
			return true
		}
	}
	return l.Context.Value(key)
}

var errOtherSession = &Error{
	Code: codeMisconfigured, Status: http.StatusInternalServerError,
	Err: errors.New("LoadAndSave is inside a middleware that loaded another session of the same manager"),
}

// loadSession fills l, which has the request's context, and returns a context
// with the session's data.
func (a *Auth) loadSession(l *loaded, r *http.Request) (context.Context, error) {
	if !wellFormed(l.token) {
		return nil, ErrNotLoggedIn
	}
	manager := a.sessions.manager
	ctx, err := manager.Load(l, l.token)
	if err != nil {
		err = a.loadFailure(r.Context(), l.token, err)
	}
	if err == nil {
		// Load returns the context it is given if that has a session already.
		l.nested = ctx == context.Context(l)
		if l.nested && !stores.IsUpdateOnly(r.Context(), a.sessions.key(l.token)) {
			return nil, errOtherSession
		}
		text, found := manager.Get(ctx, identityValue).(string)
		if !found {
			return nil, ErrNotLoggedIn
		}
		found, err = l.session.parse(l.token, text)
		if err == nil && (!found || !a.serves(l.AppID)) {
			return nil, ErrNotLoggedIn
		}
	}
	if errors.Is(err, errUndecodable) {
		a.logger.ErrorContext(r.Context(), "wxauth: token refused", "error", err)
		err = ErrNotLoggedIn
	}
	return ctx, err
}

// loadFailure finds out what scs's Load does not tell: whether the store failed,
// or what it has can't be decoded. In doubt it was the store.
func (a *Auth) loadFailure(ctx context.Context, token string, err error) error {
	b, found, findErr := a.sessions.store.find(ctx, a.sessions.key(token))
	if findErr == nil && found {
		if _, _, err := a.sessions.manager.Codec.Decode(b); err != nil {
			return errUndecodable
		}
	}
	return storeFailure(err)
}

// saveTimeout bounds the store's work for a request that is over, whose context
// may be cancelled.
const saveTimeout = 5 * time.Second

// saveSession commits data that was changed.
func (a *Auth) saveSession(ctx context.Context, l *loaded) error {
	manager := a.sessions.manager
	if manager.Status(ctx) == scs.Unmodified {
		return nil
	}
	start := a.begin()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	key := a.sessions.key(l.token)
	if manager.Token(ctx) != l.token || manager.GetString(ctx, identityValue) != l.text(l.token) {
		// RenewToken, Destroy, Clear or MergeSession.
		err := a.end(ctx, l.session, key)
		a.emit(ctx, eventLogout, l.AppID, start, err)
		return err
	}
	if manager.Deadline(ctx).After(l.ends()) {
		manager.SetDeadline(ctx, l.ends())
	}
	err := a.sessions.stillThere(ctx, key)
	if err == nil {
		_, _, err = manager.Commit(ctx)
	}
	if errors.Is(err, stores.ErrNotFound) {
		a.logger.WarnContext(ctx, "wxauth: session data dropped: the login has ended")
		a.emit(ctx, eventSave, l.AppID, start, ErrNotLoggedIn)
		return nil
	}
	err = storeFailure(err)
	a.emit(ctx, eventSave, l.AppID, start, err)
	return err
}
