package wxauth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
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

// loaded is the context of a request under LoadAndSave. It supplies the identity
// and marks commits of its session as update-only, or a late commit would bring
// back a session that has ended.
type loaded struct {
	context.Context
	auth  *Auth
	outer bool // an outer LoadAndSave loaded the session, and will save it
	token string
	ctx   context.Context             // with the session's data
	place atomic.Pointer[loadedPlace] // where the session is; nil while it is being loaded

	mu     sync.Mutex
	text   string // the stored login, which the data must hold
	change change
	ended  bool
}

// loadedPlace is what Renew changes while others read it.
type loadedPlace struct {
	identified
	login storedLogin
	key   storeKey
	left  []storeKey // the keys that Renew has left
}

type loadedKey struct{}

// loadedFrom returns the session of an Auth that the context's request has loaded,
// or nil.
func loadedFrom(ctx context.Context, a *Auth) *loaded {
	l, _ := ctx.Value(loadedKey{}).(*loaded)
	if l == nil || l.auth.sessions.manager != a.sessions.manager {
		return nil
	}
	return l
}

func (l *loaded) Value(key any) any {
	switch key := key.(type) {
	case identityKey:
		if place := l.place.Load(); place != nil {
			return &place.identified
		}
	case loadedKey:
		return l
	case stores.UpdateOnlyKey:
		if place := l.place.Load(); place != nil && (storeKey(key) == place.key || slices.Contains(place.left, storeKey(key))) {
			return true
		}
	}
	return l.Context.Value(key)
}

// String keeps package fmt from printing the token.
func (l *loaded) String() string { return "wxauth session" }

var errOtherSession = &Error{
	Code: CodeMisconfigured, Status: http.StatusInternalServerError,
	Err: errors.New("LoadAndSave is inside a middleware that loaded another session of the same manager"),
}

// load reads the session and returns a context with its data.
func (l *loaded) load(r *http.Request) (context.Context, error) {
	a := l.auth
	if !wellFormedToken(l.token) {
		return nil, a.missingScheme(r, notLoggedIn(l.token))
	}
	place := &loadedPlace{key: a.sessions.key(l.token)}
	if outer := loadedFrom(r.Context(), a); outer != nil {
		if outer.token != l.token {
			return nil, errOtherSession
		}
		l.outer = true
		return r.Context(), nil
	}
	if r.Context().Value(a.scsKey) != nil {
		return nil, errOtherSession
	}
	b, found, err := a.sessions.find(r.Context(), place.key)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, a.refusedToken(r.Context(), place.key)
	}
	l.change = change{base: b, stored: b}
	view := l.view()
	l.ctx, err = view.Load(l, l.token)
	if err == nil {
		if l.text, found = view.Get(l.ctx, identityValue).(string); found {
			found, err = place.login.parse(l.token, l.text)
		}
	}
	if err != nil {
		a.logger.ErrorContext(r.Context(), "wxauth: token refused", "error", undecodable(err))
	}
	if err != nil || !found {
		return nil, errTokenRefused
	}
	if err := a.accept(r.Context(), &place.login); err != nil {
		return nil, err
	}
	place.identified = identified{place.login.Identity, place.key.start()}
	l.place.Store(place)
	return l.ctx, nil
}

// view returns the session manager, with l in the place of the store: a Load gets
// the bytes that were read, and a Commit leaves what the application has made of
// them.
func (l *loaded) view() scs.SessionManager {
	view := *l.auth.sessions.manager
	view.Store, view.Codec, view.HashTokenInStore, view.IdleTimeout = (*viewStore)(l), l.auth.sessions.codec(), false, 0
	return view
}

// viewStore is the scs.Store of a view.
type viewStore loaded

func (v *viewStore) Find(string) ([]byte, bool, error) { return v.change.base, true, nil }
func (v *viewStore) Delete(string) error               { return nil }
func (v *viewStore) Commit(_ string, b []byte, _ time.Time) error {
	v.change.mine = b
	return nil
}

// moveTo lets the session go on as the one that Renew has made of it.
func (l *loaded) moveTo(token string, key storeKey, login *storedLogin) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.place.Load()
	left := append(slices.Clip(old.left), old.key)
	l.place.Store(&loadedPlace{identified{login.Identity, key.start()}, *login, key, left})
	l.text = login.text(token)
	l.change.stored = nil
	manager := l.auth.sessions.manager
	manager.Put(l.ctx, identityValue, l.text)
	manager.SetDeadline(l.ctx, login.ends())
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
	if bytes.Equal(l.change.mine, l.change.base) {
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
