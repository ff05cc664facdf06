package wxauth

import (
	"context"
	"slices"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

const maxKeys = 8 // of a user, the live one among them

// addKey makes key the newest.
func (r *record) addKey(key wxapi.SessionKey, now time.Time, grace time.Duration) {
	text := wxapi.UnsafeRevealSessionKey(key)
	if len(r.keys) > 0 && r.keys[0].text == text {
		return // WeChat does not replace the key at every login
	}
	r.keys = slices.DeleteFunc(r.keys, func(k userKey) bool { return k.text == text })
	for i := range r.keys {
		if r.keys[i].replaced == 0 {
			r.keys[i].replaced = now.Unix()
		}
	}
	r.keys = slices.Insert(r.keys, 0, userKey{text: text})
	r.keys = slices.DeleteFunc(r.keys, func(k userKey) bool { return !k.live(grace) })
	r.keys = r.keys[:min(len(r.keys), maxKeys)]
}

// live reports whether the key is the newest, or was until a short while ago.
func (k userKey) live(grace time.Duration) bool {
	return k.replaced == 0 || time.Since(time.Unix(k.replaced, 0)) < grace
}

// keys returns the user's session keys that data may be encrypted under, the
// newest first.
func (u *users) keys(ctx context.Context, id Identity) ([]userKey, error) {
	who := user{id.AppID, id.OpenID}
	text, b, err := u.read(ctx, who)
	if err != nil || b == nil {
		return nil, err
	}
	r := u.parse(ctx, who, text, true)
	return slices.DeleteFunc(r.keys, func(k userKey) bool { return !k.live(u.grace) }), nil
}

// key returns the newest of the user's keys, to sign with.
func (u *users) key(ctx context.Context, id Identity) (wxapi.SessionKey, error) {
	keys, err := u.keys(ctx, id)
	if err == nil && len(keys) == 0 {
		err = ErrSessionKeyStale
	}
	if err != nil {
		return wxapi.SessionKey{}, err
	}
	return wxapi.UnsafeSessionKey(keys[0].text), nil
}

// promote makes a key the newest that was taken for an older one: of two
// logins, the reply to the first may come last.
func (u *users) promote(ctx context.Context, id Identity, key userKey) error {
	return u.update(ctx, user{id.AppID, id.OpenID}, func(r *record) (bool, error) {
		known := slices.ContainsFunc(r.keys, func(k userKey) bool { return k.text == key.text })
		if known {
			r.addKey(wxapi.UnsafeSessionKey(key.text), time.Now(), u.grace)
		}
		return known, nil
	})
}

// replaceKeys makes key the only one.
func (u *users) replaceKeys(ctx context.Context, id Identity, key wxapi.SessionKey) error {
	return u.update(ctx, user{id.AppID, id.OpenID}, func(r *record) (bool, error) {
		r.keys = []userKey{{text: wxapi.UnsafeRevealSessionKey(key)}}
		return true, nil
	})
}
