package wxauth

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Identify puts the identity of a request's token into the context. If a request
// has no token or an unknown token, Identify passes the request on without an
// identity. If the store fails, the answer is 503 (store_unavailable). An identity
// already in the context is kept if its AppID is served; otherwise the token
// decides.
//
// The answer to a request with an identity carries "Cache-Control: private" (RFC
// 9111 section 5.2.2.7), unless the handler or an outer middleware sets its own.
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

// Require does what Identify does, for handlers that need a user. If there is no
// identity, the answer is 401 (not_logged_in) with a WWW-Authenticate header (RFC
// 6750 section 3). If Identify or NewContext has already put an identity into the
// context, and its AppID is served, Require uses this identity and does not check
// the token.
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

// identify returns the request with the identity of the token in its context,
// unless the context already holds an identity. It reads the store once.
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

// Authenticate returns the identity of a token by the same rules as Require. It is
// for protocols other than plain HTTP, such as WebSocket and gRPC. The error is
// ErrNotLoggedIn for a token that is not valid. Any other error, such as a failure
// of the store, says nothing about the login. After such an error, treat the user
// as still logged in. If the store is a stores.CachedFinder, the answer may come
// from its cache.
func (a *Auth) Authenticate(ctx context.Context, token string) (Identity, error) {
	var login storedLogin
	if _, err := a.findCachedLogin(ctx, token, &login); err != nil {
		return Identity{}, a.asError(EventRequest, "", err)
	}
	return login.Identity, nil
}

// findLogin reads the login of a token from the store. It returns the store key of
// its session. The error is ErrNotLoggedIn if there is no login. After an error, do
// not use the content of login.
func (a *Auth) findLogin(ctx context.Context, token string, login *storedLogin) (storeKey, error) {
	if !wellFormedToken(token) {
		return "", notLoggedIn(token)
	}
	key := a.sessions.key(token)
	b, found, err := a.sessions.find(ctx, key)
	return key, a.checkLogin(ctx, token, key, b, found, err, login)
}

// findCachedLogin does what findLogin does, but the store may answer from memory.
func (a *Auth) findCachedLogin(ctx context.Context, token string, login *storedLogin) (storeKey, error) {
	if !wellFormedToken(token) {
		return "", notLoggedIn(token)
	}
	key := a.sessions.key(token)
	b, found, err := a.sessions.findCached(ctx, key)
	return key, a.checkLogin(ctx, token, key, b, found, err, login)
}

// notLoggedIn returns the error for a request whose token is empty or malformed.
func notLoggedIn(token string) error {
	if token == "" {
		return ErrNotLoggedIn
	}
	return errTokenRefused
}

// checkLogin decides whether the value that the store returned for a token is a
// live login.
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

// accept returns nil if a stored login is still valid.
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

// mustServe returns ErrNotLoggedIn for an identity of an app that is not served.
func (a *Auth) mustServe(ctx context.Context, appID string) error {
	err := a.apps.served(ctx, appID)
	if err == ErrUnknownApp {
		err = ErrNotLoggedIn
	}
	return err
}

// errNoScheme reports a token that was sent without "Bearer" before it.
var errNoScheme = &detailError{ErrNotLoggedIn, "the Authorization header lacks its scheme; send Authorization: Bearer TOKEN"}

// missingScheme replaces the error for a missing token by errNoScheme if the
// request has a token without "Bearer" before it.
func (a *Auth) missingScheme(r *http.Request, err error) error {
	if a.bearer && err == ErrNotLoggedIn && lacksScheme(r) {
		return errNoScheme
	}
	return err
}

// keepPrivate prevents shared caches from giving the answer for one user to another
// user.
func (a *Auth) keepPrivate(w http.ResponseWriter) {
	if h := w.Header(); h["Cache-Control"] == nil {
		h["Cache-Control"] = a.private
	}
}

// refuse answers a request with an error.
func (a *Auth) refuse(w http.ResponseWriter, r *http.Request, start time.Time, err error) {
	a.emit(r.Context(), Event{Name: EventRequest}, start, err)
	a.writeError(w, r, a.asError(EventRequest, "", err))
}
