package wxauth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// maxSessionKeys bounds the number of a user's session keys, including the live
// session key.
const maxSessionKeys = 8

// addKey makes key the newest session key. It keeps the older session keys that may
// still decrypt.
func (r *userRecord) addKey(key wxapi.SessionKey, now time.Time, grace time.Duration) {
	text := wxapi.UnsafeRevealSessionKey(key)
	if len(r.sessionKeys) > 0 && r.sessionKeys[0].text == text {
		return // WeChat does not replace the key at every login
	}
	r.sessionKeys = slices.DeleteFunc(r.sessionKeys, func(k userKey) bool { return k.text == text })
	for i := range r.sessionKeys {
		if r.sessionKeys[i].replaced == 0 {
			r.sessionKeys[i].replaced = now.Unix()
		}
	}
	r.sessionKeys = slices.Insert(r.sessionKeys, 0, userKey{text: text})
	r.sessionKeys = slices.DeleteFunc(r.sessionKeys, func(k userKey) bool { return !k.decrypts(grace) })
	r.sessionKeys = r.sessionKeys[:min(len(r.sessionKeys), maxSessionKeys)]
}

// decrypts reports whether the key may decrypt. The newest key may. A replaced key
// may for the time grace after its replacement.
func (k userKey) decrypts(grace time.Duration) bool {
	return k.replaced == 0 || time.Since(time.Unix(k.replaced, 0)) < grace
}

// sessionKeys returns the session keys that may decrypt the user's data, the newest
// first. In OnLogin it returns the session keys of the login under way.
func (u *users) sessionKeys(ctx context.Context, id Identity) ([]userKey, error) {
	keys, err := u.knownSessionKeys(ctx, userOf(id))
	return slices.DeleteFunc(keys, func(k userKey) bool { return !k.decrypts(u.grace) }), err
}

// knownSessionKeys returns a copy of the session keys in the user's record.
func (u *users) knownSessionKeys(ctx context.Context, who user) ([]userKey, error) {
	if l := underWay(ctx); l != nil && l.user() == who {
		return slices.Clone(l.hidden().record.sessionKeys), nil
	}
	text, b, err := u.read(ctx, who)
	if err != nil || b == nil {
		return nil, err
	}
	r, err := u.parse(ctx, who, text, true)
	return r.sessionKeys, err
}

// keysOf returns the session keys of a user, the newest first, and at least one.
func (a *Auth) keysOf(ctx context.Context, id Identity) ([]userKey, error) {
	keys, err := a.users.sessionKeys(ctx, id)
	if err == nil && len(keys) == 0 {
		err = a.noSessionKey(ctx, id)
	}
	return keys, err
}

// noSessionKey returns the error for a user without a session_key. If the app's
// logins bring no session_key, a new login would not help. The code
// session_key_stale would then make clients log in again and again.
func (a *Auth) noSessionKey(ctx context.Context, id Identity) error {
	if client, err := a.apps.client(ctx, id.AppID); err == nil && client.HasExchange() {
		return fmt.Errorf("%w: the logins of this app bring no session_key, because App.Exchange returns none", wxapi.ErrMisconfigured)
	}
	return &staleError{"no session key is known for the user"}
}

// newestSessionKey returns the newest of the user's session keys, for signing.
func (a *Auth) newestSessionKey(ctx context.Context, id Identity) (wxapi.SessionKey, error) {
	keys, err := a.keysOf(ctx, id)
	if err != nil {
		return wxapi.SessionKey{}, err
	}
	return wxapi.UnsafeSessionKey(keys[0].text), nil
}

// promote makes an older key the newest again. Replies of WeChat can arrive out of
// order. If two logins overlap, the reply to the first login may arrive last.
func (u *users) promote(ctx context.Context, id Identity, key userKey) error {
	change := func(r *userRecord) (bool, error) {
		known := slices.ContainsFunc(r.sessionKeys, func(k userKey) bool { return k.text == key.text })
		if known {
			r.addKey(wxapi.UnsafeSessionKey(key.text), time.Now(), u.grace)
		}
		return known, nil
	}
	if l := underWay(ctx); l != nil && l.user() == userOf(id) {
		_, err := change(&l.hidden().record)
		return err
	}
	return u.update(ctx, userOf(id), change)
}

// replaceSessionKeys makes key the user's only session key.
func (u *users) replaceSessionKeys(ctx context.Context, id Identity, key wxapi.SessionKey) error {
	return u.update(ctx, userOf(id), func(r *userRecord) (bool, error) {
		r.sessionKeys, r.sealed = []userKey{{text: wxapi.UnsafeRevealSessionKey(key)}}, nil
		return true, nil
	})
}
