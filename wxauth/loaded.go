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

// loaded is the context of a request under LoadAndSave. It supplies the identity.
// It also marks commits of its session as update-only, because a late commit must
// not restore a session that has ended.
type loaded struct {
	context.Context
	auth  *Auth
	outer bool // an outer LoadAndSave loaded the session, and will save it
	token string
	ctx   context.Context             // the context with the session's data
	place atomic.Pointer[loadedPlace] // where the session is; nil while it is being loaded

	mu     sync.Mutex
	text   string // the stored login, which the data must contain
	change change
	ended  bool
}

// loadedPlace is the part of loaded that Renew replaces while other goroutines read
// it.
type loadedPlace struct {
	identified
	login storedLogin
	key   storeKey
	left  []storeKey // the earlier keys, before each Renew
}

type loadedKey struct{}

// loadedFrom returns the loaded session in the context, or nil if there is none for
// this Auth's session manager.
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

// view returns a copy of the session manager that uses l as its store. Load returns
// the bytes that were read from the real store. Commit keeps the changed bytes in
// l.change.mine.
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

// moveTo makes l continue with the new session that Renew has created.
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
