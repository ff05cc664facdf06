package wxauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/wxlogin/stores"
)

// Renew continues the login of id.LoginID under a new token and with a new end. The
// new end is Config.Sessions.Lifetime from now, but at most Config.RenewLimit after
// the login's Since. The LoginID, Since, the session's data, the user's session keys
// and the login's position in the result of Logins do not change. The login takes
// UserID and UnionID from id, so the application can change them. Renew ignores
// id.Since and id.Until.
//
// The error is ErrNotLoggedIn if the login has ended, was made before
// Config.NotBefore or has reached Config.RenewLimit. The error is also ErrNotLoggedIn
// if id has no LoginID, or if the Auth does not serve the app of id. If the identity in
// ctx comes from a token of this login, and an earlier call of Renew has replaced that
// token, the error is ErrNotLoggedIn as well.
//
// Two requests that passed Require with the same token can call Renew at the same time.
// If the store is a stores.Swapper, at most one of these calls succeeds. With any other
// store, both can succeed if they run in different processes.
//
// If LoadAndSave has loaded the session of the login, Renew also moves the loaded
// session to the new token. Values that the handler puts into the loaded session before
// or after Renew are saved under the new token.
func (a *Auth) Renew(ctx context.Context, id Identity) (Login, error) {
	start := a.begin()
	login, err := a.renew(ctx, id)
	a.emit(ctx, Event{Name: EventRenew, AppID: id.AppID, LoginID: id.LoginID}, start, err)
	if err != nil {
		return Login{}, a.asError(EventRenew, id.AppID, fmt.Errorf("renewing the login: %w", err))
	}
	return login, nil
}

func (a *Auth) renew(ctx context.Context, id Identity) (Login, error) {
	if underWay(ctx) != nil {
		return Login{}, errInHook
	}
	if err := a.mustServe(ctx, id.AppID); err != nil {
		return Login{}, err
	}
	if id.LoginID == "" {
		return Login{}, ErrNotLoggedIn
	}
	if !id.storable() {
		return Login{}, errIdentity
	}
	record, form, err := a.users.load(ctx, userOf(id))
	if err != nil {
		return Login{}, err
	}
	i := record.find(id.LoginID)
	if i < 0 || !record.logins[i].live(a.clock.unix(), a.notBefore) {
		return Login{}, ErrNotLoggedIn
	}
	old := record.logins[i]
	if in, ok := ctx.Value(identityKey{}).(*identified); ok && in.LoginID == id.LoginID && in.keyStart != "" && in.keyStart != old.key.start() {
		return Login{}, ErrNotLoggedIn // an earlier call of Renew has replaced the token of this request
	}
	login, err := a.renewed(id, old)
	if err != nil {
		return Login{}, err
	}
	token := newToken()
	key := a.sessions.key(token)
	moved, err := a.moveSession(ctx, old.key, key, token, &login)
	// The record lists the old session until endMoved has deleted that session.
	// Revoke can therefore find the old session and delete it.
	left := old
	left.ended, left.moved = true, true
	if err == nil {
		form, err = a.users.updateFrom(ctx, userOf(id), &record, form, func(r *userRecord) (bool, error) {
			i := r.find(id.LoginID)
			if i < 0 || r.logins[i].ended || r.logins[i].key != old.key {
				return false, ErrNotLoggedIn
			}
			r.logins[i].key, r.logins[i].until = key, login.until
			r.logins = append(r.logins, left)
			record = *r
			return true, nil
		})
	}
	if err != nil {
		// The new token was never sent, so a failed cleanup is harmless.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateTimeout)
		defer cancel()
		a.sessions.delete(ctx, key)
		return Login{}, err
	}
	if l := loadedFrom(ctx, a); l != nil && l.place.Load().key == old.key {
		l.moveTo(token, key, &login)
	}
	if err := a.endMoved(ctx, old.key, key, moved); err != nil {
		return Login{}, err
	}
	if _, err := a.users.updateFrom(ctx, userOf(id), &record, form, func(r *userRecord) (bool, error) {
		return r.remove([]recordLogin{left}), nil
	}); err != nil {
		a.logger.WarnContext(ctx, "wxauth: a session that was renewed is still in the user record", "app", id.AppID, "error", err)
	}
	return Login{Identity: login.Identity, Token: token}, nil
}

// renewed returns a login with the identity id, the Since of the login old, and a new
// end. If the login has reached Config.RenewLimit, renewed returns an error.
func (a *Auth) renewed(id Identity, old recordLogin) (storedLogin, error) {
	login := storedLogin{Identity: id}
	login.Since = time.Unix(old.since, 0).UTC()
	until := time.Now().Add(a.lifetime())
	if limit := login.Since.Add(a.renewLimit); limit.Before(until) {
		until = limit
	}
	login.setUntil(until)
	if login.until <= time.Now().Unix() {
		return login, fmt.Errorf("%w: it has reached Config.RenewLimit", ErrNotLoggedIn)
	}
	return login, nil
}

// moveSession reads the session under the old store key, and stores a copy for the new
// token. The copy holds the renewed login. moveSession returns the encoding of the old
// session.
func (a *Auth) moveSession(ctx context.Context, old, key storeKey, token string, login *storedLogin) ([]byte, error) {
	b, found, err := a.sessions.find(ctx, old)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ErrNotLoggedIn
	}
	_, values, err := a.sessions.codec().Decode(b)
	if err != nil {
		return nil, errTokenRefused
	}
	text, ok := values[identityValue].(string)
	if !ok || checkFormat(text) != nil {
		return nil, ErrNotLoggedIn
	}
	values[identityValue] = login.text(token)
	return b, a.sessions.create(ctx, key, login.ends(), values)
}

// endMoved deletes the old session of a renewed login. Before the deletion, it calls
// noteMoved. Another request can save data in the old session after moveSession has
// copied that session. If the store is a stores.Swapper, endMoved applies this data to the
// new session before the deletion. If the data cannot be applied because the new session
// was deleted, the error is ErrNotLoggedIn.
func (a *Auth) endMoved(ctx context.Context, old, key storeKey, moved []byte) error {
	if err := a.noteMoved(ctx, old); err != nil {
		return err
	}
	swapper, ok := a.sessions.swapper()
	if !ok {
		return a.sessions.delete(ctx, old)
	}
	for range maxSwaps {
		swapped, err := swapper.CompareAndSwapCtx(ctx, string(old), moved, nil, time.Time{})
		if err != nil || swapped {
			return storeFailure(err)
		}
		b, found, err := a.sessions.find(ctx, old)
		if err != nil || !found {
			return err
		}
		c := change{base: moved, mine: b}
		if err := a.sessions.apply(ctx, key, &c); errors.Is(err, stores.ErrNotFound) {
			return errors.Join(ErrNotLoggedIn, a.sessions.delete(ctx, old))
		} else if err != nil {
			return err
		}
		moved = b
	}
	return storeFailure(errContended)
}
