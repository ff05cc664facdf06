package wxauth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// LoginAs creates a new login of a user. It needs no code. It is for an identity that the
// application has verified itself. Such an identity can come from WeChat Cloud Run, from
// another Auth, or from the application's own login. LoginAs does not verify the identity,
// so never take the identity from a client.
//
// If id.AppID is not served, the error is ErrUnknownApp. id.OpenID must be set. AppID,
// OpenID, UnionID and UserID must each have at most 256 bytes and no control characters.
// LoginAs ignores id.LoginID and id.Since. If id.Until is set, the login ends at that
// time at the latest, unless Renew extends it. LoginAs fails if that time has passed.
// LoginAs applies Config.MaxLogins but does not call OnLogin. It gets no session_key from
// WeChat, and does not change the user's session keys on the server. If OnLogin calls
// LoginAs with the context of its request, LoginAs fails.
func (a *Auth) LoginAs(ctx context.Context, id Identity) (Login, error) {
	start := a.begin()
	login, err := a.loginAs(ctx, id)
	a.emit(ctx, Event{Name: EventLogin, AppID: id.AppID, LoginID: login.LoginID}, start, err)
	if err != nil {
		return Login{}, a.asError(EventLogin, id.AppID, fmt.Errorf("logging in as a user: %w", err))
	}
	return login, nil
}

func (a *Auth) loginAs(ctx context.Context, id Identity) (Login, error) {
	if underWay(ctx) != nil {
		return Login{}, errInHook
	}
	if err := a.apps.served(ctx, id.AppID); err != nil {
		return Login{}, err
	}
	if !id.storable() {
		return Login{}, errIdentity
	}
	w, err := a.beginLogin(ctx, id, nil)
	if err != nil {
		return Login{}, err
	}
	if !id.Until.IsZero() && id.Until.Before(w.Until) {
		w.setUntil(id.Until)
		if w.until <= time.Now().Unix() {
			return Login{}, errors.New("the identity's Until has passed")
		}
	}
	login, _, err := a.storeLogin(ctx, w, nil, nil)
	return login, err
}

var errIdentity = fmt.Errorf("the identity cannot be stored: it wants an AppID and an OpenID, no control characters, and at most %d bytes a field", maxIdentityField)
