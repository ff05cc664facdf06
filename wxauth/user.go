package wxauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"slices"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth/wxapi"
)

const maxLogins = 100 // of a user; the next login ends the oldest

// users reads and updates the records.
type users struct {
	sessions sessions
	sealer   sealer
	grace    time.Duration
	logger   *slog.Logger
	locks    [64]chan struct{} // each guards the records whose hash falls on it
}

func newUsers(s sessions, seal sealer, grace time.Duration, logger *slog.Logger) users {
	u := users{sessions: s, sealer: seal, grace: grace, logger: logger}
	for i := range u.locks {
		u.locks[i] = make(chan struct{}, 1)
	}
	return u
}

// user is one of the users of one of the apps.
type user struct{ appID, openID string }

func (w user) name() string { return w.appID + "\x00" + w.openID }

// hash is what the record's key is made of: SHA-256 of the name.
func (w user) hash() [sha256.Size]byte {
	var b [128]byte // the name itself would be allocated
	return sha256.Sum256(append(append(append(b[:0], w.appID...), 0), w.openID...))
}

// recordKey is the record's key in the store. No token looks like it, and it is
// as short as one, for stores with a narrow key column.
func (w user) recordKey() string {
	hash := w.hash()
	key := [45]byte{';', 'u'}
	base64.RawURLEncoding.Encode(key[2:], hash[:])
	return string(key[:42])
}

// load returns a user's record, an empty one if there is none, and how the
// store has it.
func (u *users) load(ctx context.Context, who user) (record, []byte, error) {
	text, b, err := u.read(ctx, who)
	if err != nil || b == nil {
		return record{}, nil, err
	}
	return u.parse(ctx, who, text, false), b, nil
}

// read returns the text of a user's record, and how the store has it.
func (u *users) read(ctx context.Context, who user) (string, []byte, error) {
	b, found, err := u.sessions.store.find(ctx, who.recordKey())
	if err != nil || !found {
		return "", nil, err
	}
	text, _, err := u.sessions.value(b, userValue)
	if err != nil {
		text = "" // which is no record either
	}
	return text, b, nil
}

// parse parses a record and opens its keys. What is wrong with it is logged.
func (u *users) parse(ctx context.Context, who user, text string, keysOnly bool) record {
	r, ok := parseRecord(text, keysOnly)
	if !ok {
		u.logger.ErrorContext(ctx, "wxauth: stored user record can't be decoded; its logins can't be revoked")
		return record{undecodable: true}
	}
	if r.sealed == nil {
		return r
	}
	plain, err := u.sealer.open(who.name(), r.sealed)
	if err != nil {
		u.logger.ErrorContext(ctx, "wxauth: stored session_key can't be opened", "error", err)
	} else if opened, ok := parseRecord(string(plain), true); ok {
		r.keys = opened.keys
	}
	return r
}

// encode is the inverse of load. The record expires with the last login.
func (u *users) encode(who user, r *record) ([]byte, time.Time, error) {
	out := *r
	if len(r.keys) > 0 {
		out.sealed = nil
		if u.sealer.enabled() {
			out.keys, out.sealed = nil, u.sealer.seal(who.name(), []byte((&record{keys: r.keys}).text()))
		}
	} // else they may be sealed under a key that another process has
	var until int64
	for _, l := range r.logins {
		until = max(until, l.until)
	}
	expiry := time.Unix(until, 0)
	b, err := u.sessions.manager.Codec.Encode(expiry.UTC(), map[string]any{userValue: out.text()})
	return b, expiry, err
}

var errContended = errors.New("the user record is written by too many at once")

// update changes a user's record, by compare-and-swap where the store can.
// Elsewhere the lock keeps this process from overwriting its own change, and
// what another process does at the same moment can be lost. change reports
// whether there is anything to write; it may be called several times.
func (u *users) update(ctx context.Context, who user, change func(*record) (bool, error)) error {
	lock := u.locks[who.hash()[0]%byte(len(u.locks))]
	select {
	case lock <- struct{}{}:
		defer func() { <-lock }()
	case <-ctx.Done():
		return storeFailure(ctx.Err())
	}
	for range 100 {
		r, old, err := u.load(ctx, who)
		if err != nil {
			return err
		}
		now := time.Now().Unix()
		r.logins = slices.DeleteFunc(r.logins, func(l recordLogin) bool { return l.until <= now })
		if changed, err := change(&r); err != nil || !changed {
			return err
		}
		swapped, err := u.swap(ctx, who, old, &r)
		if err != nil || swapped {
			return err
		}
	}
	return storeFailure(errContended)
}

// swap writes a record in the place of old. One without logins is deleted.
func (u *users) swap(ctx context.Context, who user, old []byte, r *record) (bool, error) {
	key := who.recordKey()
	var b []byte
	var expiry time.Time
	if len(r.logins) > 0 {
		var err error
		if b, expiry, err = u.encode(who, r); err != nil {
			return false, err
		}
	}
	if s, ok := u.sessions.manager.Store.(stores.Swapper); ok {
		swapped, err := s.CompareAndSwapCtx(ctx, key, old, b, expiry)
		return swapped, storeFailure(err)
	}
	if b == nil {
		return true, u.sessions.delete(ctx, key)
	}
	return true, u.sessions.commit(ctx, key, b, expiry)
}

// remember adds a login and the session_key that it brought.
func (u *users) remember(ctx context.Context, login session, storeKey string, sessionKey wxapi.SessionKey) error {
	return u.update(ctx, user{login.AppID, login.OpenID}, func(r *record) (bool, error) {
		// What falls off the record must be gone before it does, or a live
		// token would be one that Revoke can't find.
		for len(r.logins) >= maxLogins {
			if err := u.sessions.delete(ctx, r.logins[0].key); err != nil {
				return false, err
			}
			r.logins = r.logins[1:]
		}
		now := time.Now()
		r.logins = append(r.logins, recordLogin{storeKey, now.Unix(), login.until})
		r.addKey(sessionKey, now, u.grace)
		return true, nil
	})
}

// forget takes logins that have ended out of the record.
func (u *users) forget(ctx context.Context, appID, openID string, keys ...string) error {
	return u.update(ctx, user{appID, openID}, func(r *record) (bool, error) {
		n := len(r.logins)
		r.logins = slices.DeleteFunc(r.logins, func(l recordLogin) bool { return slices.Contains(keys, l.key) })
		return len(r.logins) < n, nil
	})
}
