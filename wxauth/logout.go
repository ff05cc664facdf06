package wxauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// LogoutHandler returns a handler that ends the login of the request's token. It
// accepts POST and DELETE. It answers 204, even if there is no login to end.
// If the login cannot be ended because the store fails, the answer is 503
// (store_unavailable).
func (a *Auth) LogoutHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost && r.Method != http.MethodDelete {
			w.Header().Set("Allow", "POST, DELETE")
			a.WriteError(w, r, invalidRequest(http.StatusMethodNotAllowed, "use POST or DELETE"))
			return
		}
		if err := a.Logout(r); err != nil {
			a.WriteError(w, r, err)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
	})
}

// Logout ends the login of the request's token. It is for handlers that write their own
// answer. It returns nil if there is no login to end. Logout continues even if the
// client disconnects. A store that takes a context has 5 seconds for the logout. If
// Logout ends the login in a handler under LoadAndSave, unsaved changes of the session's
// data are dropped.
func (a *Auth) Logout(r *http.Request) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), lateTimeout)
	defer cancel()
	start := a.begin()
	var login storedLogin
	key, err := a.findLogin(ctx, a.token(r), &login)
	if err == nil {
		err = a.endSession(ctx, &login, key)
	}
	if errors.Is(err, ErrNotLoggedIn) {
		return nil
	}
	a.emit(ctx, Event{Name: EventLogout, AppID: login.AppID, LoginID: login.LoginID}, start, err)
	if err != nil {
		return a.asError(EventLogout, login.AppID, err)
	}
	return nil
}

// endSession deletes a session and removes its login from the user record. The record
// can list two sessions of a login that was renewed. endSession then deletes both. If the
// record cannot be updated, endSession only logs the failure, because it has already
// deleted the session under key.
func (a *Auth) endSession(ctx context.Context, login *storedLogin, key storeKey) error {
	if err := a.sessions.delete(ctx, key); err != nil {
		return fmt.Errorf("ending the login: %w", err)
	}
	own := []recordLogin{{loginID: login.LoginID, key: key}}
	var others []endedLogin
	err := a.users.update(ctx, userOf(login.Identity), func(r *userRecord) (bool, error) {
		removed := r.remove(own)
		others = r.end(login.LoginID, "")
		return removed || len(others) > 0, nil
	})
	if err != nil {
		a.logger.WarnContext(ctx, "wxauth: an ended login is still in the user record", "app", login.AppID, "error", err)
		return nil
	}
	var gone []recordLogin
	for _, e := range others {
		if err := a.deleteSession(ctx, e); err != nil {
			return fmt.Errorf("ending the renewed login: %w", err)
		}
		gone = append(gone, e.recordLogin)
	}
	if gone == nil {
		return nil
	}
	if err := a.users.forget(ctx, userOf(login.Identity), gone); err != nil {
		a.logger.WarnContext(ctx, "wxauth: an ended login is still in the user record", "app", login.AppID, "error", err)
	}
	return nil
}
