package wxauth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// loaded is a context that LoadAndSave adds to a request. It holds the state of the loaded
// session. For this session, it has the same effect as the context of stores.UpdateOnly. If
// the store supports stores.UpdateOnly, a commit cannot restore a deleted session.
type loaded struct {
	context.Context
	auth  *Auth
	outer *loaded // set if an outer LoadAndSave has loaded the session and will save it
	token string
	ctx   context.Context             // the context that scs's Load returned; it holds the session's data
	place atomic.Pointer[loadedPlace] // nil until load has found a valid login

	mu sync.Mutex
	// text is the login as stored in the session under identityValue. If the value under
	// identityValue in ctx differs from text, the handler has ended the login.
	text   string
	change change
	ended  bool
}

// loadedPlace holds the identity and the store key of a loaded session. Once it is in
// loaded.place, a loadedPlace is never modified. Renew stores a new loadedPlace there,
// because other goroutines can still read the old one.
type loadedPlace struct {
	identified
	login storedLogin
	key   storeKey
	left  []storeKey // the session's store keys before Renew; a commit must not create them again
}

type loadedKey struct{}

// loadedFrom returns the loaded session in the context, or nil. It ignores a session
// of another session manager.
func loadedFrom(ctx context.Context, a *Auth) *loaded {
	l, _ := ctx.Value(loadedKey{}).(*loaded)
	if l == nil || l.auth.sessions.manager != a.sessions.manager {
		return nil
	}
	return l
}

func (l *loaded) Value(key any) any {
	if l.outer != nil {
		if _, ok := key.(identityKey); ok { // a middleware between the two can have called NewContext
			return l.outer.Value(key)
		}
		return l.Context.Value(key)
	}
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

// String keeps the verbs %v and %s of package fmt from printing the token.
func (l *loaded) String() string { return "wxauth session" }

var errOtherSession = &Error{
	Code: CodeMisconfigured, Status: http.StatusInternalServerError,
	Err: errors.New("LoadAndSave is inside a middleware that loaded another session of the same manager"),
}

// load reads the session of l.token, unless an outer LoadAndSave has loaded this
// session. It returns a context with the session's data.
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
		l.outer = outer
		return l, nil
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

// view returns a copy of the session manager. The copy's Load decodes l.change.base, and
// the copy's Commit sets l.change.mine.
func (l *loaded) view() scs.SessionManager {
	view := *l.auth.sessions.manager
	view.Store, view.Codec, view.HashTokenInStore, view.IdleTimeout = (*viewStore)(l), l.auth.sessions.codec(), false, 0
	return view
}

// viewStore is an scs.Store that reads and writes loaded.change instead of the manager's
// Store.
type viewStore loaded

func (v *viewStore) Find(string) ([]byte, bool, error) { return v.change.base, true, nil }
func (v *viewStore) Delete(string) error               { return nil }
func (v *viewStore) Commit(_ string, b []byte, _ time.Time) error {
	v.change.mine = b
	return nil
}

// moveTo makes l use the session that Renew has stored under key.
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
