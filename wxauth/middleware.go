package wxauth

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Identify puts the identity of a request's token into the context. A request
// without a token, or with an unknown one, is passed on without an identity. If
// the store fails, the answer is 503. An identity already in the context is kept
// if its AppID is served; otherwise the token decides.
//
// The answer to a request with an identity carries "Cache-Control: private",
// unless the handler or an outer middleware sets its own.
func (a *Auth) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.begin()
		identified, err := a.identify(r, a.token(r))
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

// Require is Identify for handlers that need a user. Without an identity the answer
// is 401. An identity that Identify or NewContext has put into the context is taken
// if its AppID is served, without a look at the token.
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
// unless the context holds one already. It costs one read of the store.
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

// Authenticate returns the identity of a token, as Require decides it. It is for
// protocols other than plain HTTP, such as WebSocket and gRPC. The error is
// ErrNotLoggedIn for a token that is not valid. Any other error, such as one of a
// failing store, says nothing about the login: treat the user as still logged in.
// It may be answered from a store's cache, where the store has one.
func (a *Auth) Authenticate(ctx context.Context, token string) (Identity, error) {
	var login storedLogin
	if _, err := a.findCachedLogin(ctx, token, &login); err != nil {
		return Identity{}, a.asError(EventRequest, "", err)
	}
	return login.Identity, nil
}

// findLogin reads the login of a token from the store. It returns the store key of
// its session. The error is ErrNotLoggedIn if there is none. The content of login
// then means nothing.
func (a *Auth) findLogin(ctx context.Context, token string, login *storedLogin) (storeKey, error) {
	if !wellFormedToken(token) {
		return "", notLoggedIn(token)
	}
	key := a.sessions.key(token)
	b, found, err := a.sessions.find(ctx, key)
	return key, a.checkLogin(ctx, token, key, b, found, err, login)
}

// findCachedLogin is findLogin, but the store may answer from memory.
func (a *Auth) findCachedLogin(ctx context.Context, token string, login *storedLogin) (storeKey, error) {
	if !wellFormedToken(token) {
		return "", notLoggedIn(token)
	}
	key := a.sessions.key(token)
	b, found, err := a.sessions.findCached(ctx, key)
	return key, a.checkLogin(ctx, token, key, b, found, err, login)
}

// notLoggedIn returns the error for a request whose token cannot be one.
func notLoggedIn(token string) error {
	if token == "" {
		return ErrNotLoggedIn
	}
	return errTokenRefused
}

// checkLogin decides whether what the store returned for a token is a live login.
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

// accept returns nil if a stored login is still good.
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

// missingScheme replaces an error about a missing token by errNoScheme where that
// is what is wrong.
func (a *Auth) missingScheme(r *http.Request, err error) error {
	if a.bearer && err == ErrNotLoggedIn && lacksScheme(r) {
		return errNoScheme
	}
	return err
}

// keepPrivate keeps shared caches from storing the answer to one user for another.
func (a *Auth) keepPrivate(w http.ResponseWriter) {
	if h := w.Header(); h["Cache-Control"] == nil {
		h["Cache-Control"] = a.private
	}
}

// refuse answers a request that cannot pass.
func (a *Auth) refuse(w http.ResponseWriter, r *http.Request, start time.Time, err error) {
	a.emit(r.Context(), Event{Name: EventRequest}, start, err)
	a.writeError(w, r, a.asError(EventRequest, "", err))
}
