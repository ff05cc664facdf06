package wxauth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// maxSessionKeys is the maximum number of session keys in a user record.
const maxSessionKeys = 8

// addKey makes key the newest session key. If key already is the newest, addKey
// changes nothing. Otherwise addKey also removes the session keys that were replaced
// longer ago than Config.KeyGrace (the parameter grace), and keeps at most
// maxSessionKeys.
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

// decrypts reports whether the session_key is allowed to decrypt data. The newest
// session_key is always allowed. A replaced session_key is allowed for
// Config.KeyGrace (the parameter grace) after its replacement.
func (k userKey) decrypts(grace time.Duration) bool {
	return k.replaced == 0 || time.Since(time.Unix(k.replaced, 0)) < grace
}

// sessionKeys returns the user's session keys that are allowed to decrypt data, the
// newest first.
func (u *users) sessionKeys(ctx context.Context, id Identity) ([]userKey, error) {
	keys, err := u.knownSessionKeys(ctx, userOf(id))
	return slices.DeleteFunc(keys, func(k userKey) bool { return !k.decrypts(u.grace) }), err
}

// knownSessionKeys returns a copy of the session keys in the user's record. With the
// context of OnLogin, the result for the user who logs in also includes the new
// session_key, if there is one.
func (u *users) knownSessionKeys(ctx context.Context, who user) ([]userKey, error) {
	if l := underWay(ctx); l != nil && l.user() == who {
		return slices.Clone(l.hidden().record.sessionKeys), nil
	}
	text, b, err := u.read(ctx, who)
	if err != nil || b == nil {
		return nil, err
	}
	r, err := u.parse(ctx, who, text, true)
	if err == nil && r.sealed != nil && r.sessionKeys == nil {
		err = &staleError{"none of Config.SealKeys opens the user's session keys"}
	}
	return r.sessionKeys, err
}

func (a *Auth) keysOf(ctx context.Context, id Identity) ([]userKey, error) {
	keys, err := a.users.sessionKeys(ctx, id)
	if err == nil && len(keys) == 0 {
		err = a.noSessionKey(ctx, id)
	}
	return keys, err
}

// noSessionKey returns the error for a user without a session_key on the server. If
// App.Exchange is set, a new login probably brings no session_key either. The answer
// session_key_stale could then make clients log in again and again.
func (a *Auth) noSessionKey(ctx context.Context, id Identity) error {
	if client, err := a.apps.client(ctx, id.AppID); err == nil && client.HasExchange() {
		return fmt.Errorf("%w: the logins of this app bring no session_key, because App.Exchange returns none", wxapi.ErrMisconfigured)
	}
	return &staleError{"no session key is known for the user"}
}

func (a *Auth) newestSessionKey(ctx context.Context, id Identity) (wxapi.SessionKey, error) {
	keys, err := a.keysOf(ctx, id)
	if err != nil {
		return wxapi.SessionKey{}, err
	}
	return wxapi.UnsafeSessionKey(keys[0].text), nil
}

// promote makes a replaced session_key the newest again, if the record still contains
// it. If two logins of a user overlap, WeChat's answer to the first login can arrive
// last. The server then treats the older session_key as the newest. promote corrects
// this order.
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

func (u *users) replaceSessionKeys(ctx context.Context, id Identity, key wxapi.SessionKey) error {
	return u.update(ctx, userOf(id), func(r *userRecord) (bool, error) {
		r.sessionKeys, r.sealed = []userKey{{text: wxapi.UnsafeRevealSessionKey(key)}}, nil
		return true, nil
	})
}
