package wxauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Identify puts the identity of a request's token into the context. If the token is
// missing or has no live login, Identify passes the request on unchanged. If the token
// cannot be checked because the store fails, the answer is 503 (store_unavailable).
// If the context already holds an identity, and the Auth serves its app, Identify keeps
// that identity and ignores the token.
//
// If Identify finds or keeps an identity, it sets "Cache-Control: private" (RFC 9111
// section 5.2.2.7), unless an outer middleware has already set a Cache-Control. The
// handler can replace this value.
func (a *Auth) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := a.token(r)
		if token == "" && r.Context().Value(identityKey{}) == nil {
			next.ServeHTTP(w, r)
			return
		}
		start := a.begin()
		identified, err := a.identify(r, token)
		switch {
		case err == nil:
			a.keepPrivate(w)
			next.ServeHTTP(w, identified)
		case errors.Is(err, ErrNotLoggedIn):
			next.ServeHTTP(w, r)
		default:
			a.refuse(w, r, start, err)
		}
	})
}

// Require is like Identify, but answers 401 (not_logged_in) if the token is missing or has
// no live login. This answer has a WWW-Authenticate header (RFC 6750 section 3). If the
// context already holds an identity, for example from Identify or NewContext, and the
// Auth serves its app, Require does not check the token.
func (a *Auth) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.begin()
		identified, err := a.identify(r, a.token(r))
		if err != nil {
			a.refuse(w, r, start, err)
			return
		}
		a.keepPrivate(w)
		next.ServeHTTP(w, identified)
	})
}

// identify puts the identity of the token into the request's context. If the context
// already holds an identity, and the Auth serves its app, identify returns the request
// unchanged.
func (a *Auth) identify(r *http.Request, token string) (*http.Request, error) {
	ctx := r.Context()
	if in, ok := ctx.Value(identityKey{}).(*identified); ok {
		if err := a.apps.served(ctx, in.AppID); err != ErrUnknownApp {
			return r, err
		}
	}
	var login storedLogin
	key, err := a.findCachedLogin(ctx, token, &login)
	if err != nil {
		return nil, a.missingScheme(r, err)
	}
	return r.WithContext(&identityContext{ctx, identified{login.Identity, key.start()}}), nil
}

// Authenticate returns the identity of a token. It checks the token by the same rules as
// Require, and ignores an identity in ctx. It is for protocols other than plain HTTP,
// such as WebSocket and gRPC. If the token has no live login, the error is
// ErrNotLoggedIn. Any other error, such as a failure of the store, does not mean that the
// login has ended. Do not log the user out after such an error. If the store is a
// stores.CachedFinder, the result can come from the store's cache.
func (a *Auth) Authenticate(ctx context.Context, token string) (Identity, error) {
	var login storedLogin
	if _, err := a.findCachedLogin(ctx, token, &login); err != nil {
		return Identity{}, a.asError(EventRequest, "", err)
	}
	return login.Identity, nil
}

// findLogin reads the login of a token from the store into *login. It returns the
// store key of the session. The error is ErrNotLoggedIn if the token has no live
// login. After an error, the content of *login is undefined.
func (a *Auth) findLogin(ctx context.Context, token string, login *storedLogin) (storeKey, error) {
	if !wellFormedToken(token) {
		return "", notLoggedIn(token)
	}
	key := a.sessions.key(token)
	b, found, err := a.sessions.find(ctx, key)
	return key, a.checkLogin(ctx, token, key, b, found, err, login)
}

// findCachedLogin is like findLogin, but can read from the cache of a
// stores.CachedFinder.
func (a *Auth) findCachedLogin(ctx context.Context, token string, login *storedLogin) (storeKey, error) {
	if !wellFormedToken(token) {
		return "", notLoggedIn(token)
	}
	key := a.sessions.key(token)
	b, found, err := a.sessions.findCached(ctx, key)
	return key, a.checkLogin(ctx, token, key, b, found, err, login)
}

// notLoggedIn returns the error for a token that is empty or malformed.
func notLoggedIn(token string) error {
	if token == "" {
		return ErrNotLoggedIn
	}
	return errTokenRefused
}

// checkLogin checks the login in the session of a token, and decodes it into *login. The
// arguments b, found and err are the result of a read of the session from the store.
func (a *Auth) checkLogin(ctx context.Context, token string, key storeKey, b []byte, found bool, err error, login *storedLogin) error {
	if err != nil {
		return err
	}
	if !found {
		return a.refusedToken(ctx, key)
	}
	found, err = a.sessions.parse(token, b, login)
	if err != nil {
		a.logger.ErrorContext(ctx, "wxauth: token refused", "error", err)
	}
	if err != nil || !found {
		return errTokenRefused
	}
	return a.accept(ctx, login)
}

// accept returns nil if a login has not expired, was not made before Config.NotBefore,
// and belongs to an app that the Auth serves.
func (a *Auth) accept(ctx context.Context, login *storedLogin) error {
	if login.until <= a.clock.unix() || login.Since.Unix() < a.notBefore {
		return errTokenRefused
	}
	err := a.apps.served(ctx, login.AppID)
	if err == ErrUnknownApp {
		err = errTokenRefused
	}
	return err
}

var errForeignIdentity = fmt.Errorf("%w: the AppID of the identity in the context is not served", ErrNotLoggedIn)

func (a *Auth) mustServe(ctx context.Context, appID string) error {
	err := a.apps.served(ctx, appID)
	if err == ErrUnknownApp {
		err = errForeignIdentity
	}
	return err
}

// errNoScheme reports an Authorization header that contains a token without "Bearer"
// before it.
var errNoScheme = &detailError{ErrNotLoggedIn, "the Authorization header lacks its scheme; send Authorization: Bearer TOKEN"}

// missingScheme replaces the error ErrNotLoggedIn by errNoScheme if Config.Token is not
// set and the Authorization header contains a token without "Bearer" before it.
// Otherwise it returns err.
func (a *Auth) missingScheme(r *http.Request, err error) error {
	if a.bearer && err == ErrNotLoggedIn && lacksScheme(r) {
		return errNoScheme
	}
	return err
}

// keepPrivate sets Cache-Control to private, so that shared caches do not give one
// user's answer to another user. It keeps a Cache-Control that is already set.
func (a *Auth) keepPrivate(w http.ResponseWriter) {
	if h := w.Header(); h["Cache-Control"] == nil {
		h["Cache-Control"] = a.private
	}
}

func (a *Auth) refuse(w http.ResponseWriter, r *http.Request, start time.Time, err error) {
	a.emit(r.Context(), Event{Name: EventRequest}, start, err)
	a.writeError(w, r, a.asError(EventRequest, "", err))
}
