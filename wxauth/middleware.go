package wxauth

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Identify puts the identity of a request's token into the context; without a
// token, or with one that is unknown, the request passes as nobody's. If the
// store fails, the answer is 503. An identity that is in the context already
// stays there; one that is of none of Config.Apps gives way to that of a token.
func (a *Auth) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := a.token(r)
		if token == "" {
			next.ServeHTTP(w, r)
			return
		}
		start := a.begin()
		identified, err := a.identify(r, token)
		if errors.Is(err, ErrNotLoggedIn) {
			identified = r
		} else if err != nil {
			a.refuse(w, r, start, err)
			return
		}
		next.ServeHTTP(w, identified)
	})
}

// Require is Identify for handlers that need a user: without one the answer is
// 401. It takes the identity that Identify, or NewContext, has put into the
// context, if it is of one of Config.Apps, without looking at the token.
func (a *Auth) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.begin()
		identified, err := a.identify(r, a.token(r))
		if err != nil {
			a.refuse(w, r, start, err)
			return
		}
		next.ServeHTTP(w, identified)
	})
}

// identify returns the request with the identity of the token in its context,
// if there is none already. It costs one read of the store.
func (a *Auth) identify(r *http.Request, token string) (*http.Request, error) {
	ctx := r.Context()
	if id, ok := ctx.Value(identityKey{}).(*Identity); ok && a.serves(id.AppID) {
		return r, nil
	}
	var login session
	if _, err := a.find(ctx, token, &login); err != nil {
		return nil, err
	}
	return r.WithContext(NewContext(ctx, login.Identity)), nil
}

// find reads the login of a token, and returns the key that the store has it
// under. The error is ErrNotLoggedIn if there is none; what is in login then
// means nothing.
func (a *Auth) find(ctx context.Context, token string, login *session) (key string, err error) {
	if !wellFormed(token) {
		return "", ErrNotLoggedIn
	}
	key = a.sessions.key(token)
	found, err := a.sessions.find(ctx, token, key, login)
	if errors.Is(err, errUndecodable) {
		a.logger.ErrorContext(ctx, "wxauth: token refused", "error", err)
		return "", ErrNotLoggedIn
	}
	if err == nil && (!found || !a.serves(login.AppID)) {
		err = ErrNotLoggedIn
	}
	return key, err
}

// refuse answers a request, begun at start, that can't pass.
func (a *Auth) refuse(w http.ResponseWriter, r *http.Request, start time.Time, err error) {
	a.emit(r.Context(), eventRequest, "", start, err)
	a.WriteError(w, r, err)
}
