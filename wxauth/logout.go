package wxauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// LogoutHandler ends the login of the request's token, for good. It answers 204
// also when there is nothing to end.
func (a *Auth) LogoutHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost && r.Method != http.MethodDelete {
			w.Header().Set("Allow", "POST, DELETE")
			a.WriteError(w, r, invalidRequest(http.StatusMethodNotAllowed, "want POST or DELETE"))
			return
		}
		start := a.begin()
		var login session
		key, err := a.find(r.Context(), a.token(r), &login)
		if err == nil {
			err = a.end(r.Context(), login, key)
		}
		if !errors.Is(err, ErrNotLoggedIn) {
			a.emit(r.Context(), eventLogout, login.AppID, start, err)
			if err != nil {
				a.WriteError(w, r, err)
				return
			}
		}
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
	})
}

// SessionHandler tells a client how long its login still lasts, or answers 401.
// It goes by the end that the login was made with, also where the application has
// shortened it by the manager's SetDeadline.
func (a *Auth) SessionHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			a.WriteError(w, r, invalidRequest(http.StatusMethodNotAllowed, "want GET"))
			return
		}
		start := a.begin()
		var login session
		_, err := a.find(r.Context(), a.token(r), &login)
		if err != nil {
			a.refuse(w, r, start, err)
			return
		}
		in, at := expiry(login.ends())
		w.Header().Set("Cache-Control", "no-store")
		writeJSON(w, "application/json", http.StatusOK, struct {
			ExpiresIn int64  `json:"expires_in"`
			ExpiresAt string `json:"expires_at"`
		}{in, at})
	})
}

// end deletes a login. What then goes wrong with the user's record only leaves
// there the name of a session that is gone.
func (a *Auth) end(ctx context.Context, login session, key string) error {
	if err := a.sessions.delete(ctx, key); err != nil {
		return fmt.Errorf("ending the login: %w", err)
	}
	if err := a.users.forget(ctx, login.AppID, login.OpenID, key); err != nil {
		a.logger.WarnContext(ctx, "wxauth: ended login still listed", "error", err)
	}
	return nil
}
