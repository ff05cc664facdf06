package wxauth

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// users reads and updates the userRecord of each user in the store.
type users struct {
	sessions sessions
	sealer   sealer
	grace    time.Duration
	logger   *slog.Logger
	locks    [64]chan struct{} // user.hash selects the lock of a record
}

func newUsers(s sessions, seal sealer, grace time.Duration, logger *slog.Logger) users {
	u := users{sessions: s, sealer: seal, grace: grace, logger: logger}
	for i := range u.locks {
		u.locks[i] = make(chan struct{}, 1)
	}
	return u
}

// load returns a user's record and the record's stored form, which is the encoded
// value in the store. The stored form is nil if there is no record. If the record
// cannot be decoded, load returns an error, so the caller does not overwrite the
// record.
func (u *users) load(ctx context.Context, who user) (userRecord, []byte, error) {
	text, b, err := u.read(ctx, who)
	if err != nil || b == nil {
		return userRecord{}, nil, err
	}
	r, err := u.parse(ctx, who, text, false)
	return r, b, err
}

// read returns the text of a user's record, and the encoded value in the store that
// contains the text. It does not use the cache of a stores.CachedFinder.
func (u *users) read(ctx context.Context, who user) (string, []byte, error) {
	b, found, err := u.sessions.find(ctx, who.recordKey())
	if err != nil || !found {
		return "", nil, err
	}
	text, _, err := u.sessions.value(b, userValue)
	if err != nil {
		text = "" // parse refuses an empty text
	}
	return text, b, nil
}

// parse parses a record and decrypts its sealed session keys. If it cannot decrypt them,
// it logs the error and returns the record without session keys.
func (u *users) parse(ctx context.Context, who user, text string, keysOnly bool) (userRecord, error) {
	r, err := parseRecord(text, keysOnly)
	if err != nil {
		u.logger.ErrorContext(ctx, "wxauth: user record not read; the user's logins cannot be changed", "app", who.appID, "error", err)
		return r, err
	}
	if r.sealed == nil {
		return r, nil
	}
	plain, err := u.sealer.open(who.name(), r.sealed)
	if err != nil {
		u.logger.ErrorContext(ctx, "wxauth: stored session_key cannot be opened", "app", who.appID, "error", err)
	} else if opened, err := parseRecord(string(plain), true); err == nil {
		r.sessionKeys = opened.sessionKeys
	}
	return r, nil
}

// encode encodes a record for the store. It also returns the time after which the store
// can drop the record. If the record has no logins and the field revocation is empty,
// encode returns nil and the zero time.
func (u *users) encode(who user, r *userRecord) ([]byte, time.Time, error) {
	if len(r.logins) == 0 && r.revocation == "" {
		return nil, time.Time{}, nil
	}
	out := *r
	switch {
	case len(r.logins) == 0:
		out.sessionKeys, out.sealed = nil, nil
	case len(r.sessionKeys) == 0: // keep out.sealed, because another process may have a SealKey that decrypts it
	case u.sealer.enabled():
		text := (&userRecord{sessionKeys: r.sessionKeys}).text()
		out.sessionKeys, out.sealed = nil, u.sealer.seal(who.name(), []byte(text))
	default:
		out.sealed = nil
	}
	expiry := out.expiry(time.Now())
	b, err := u.sessions.manager.Codec.Encode(expiry.UTC(), map[string]any{userValue: out.text()})
	return b, expiry, err
}

var errContended = errors.New("the user record is written by too many at once")

// update changes a user's record. The function change modifies the record, and
// reports whether the new record must be written. update can call change several
// times.
//
// If the store is a stores.Swapper, update never overwrites a concurrent change. For any
// other store, a lock prevents lost changes only within one Auth, not between two Auths
// or two processes.
func (u *users) update(ctx context.Context, who user, change func(*userRecord) (bool, error)) error {
	_, err := u.updateFrom(ctx, who, nil, nil, change)
	return err
}

// updateFrom is like update, but can avoid a read. The parameter known is the record
// that the caller last read or wrote, and the parameter form is this record as encoded in
// the store. If known is not nil and the store is a stores.Swapper, the first attempt uses
// known and form in place of a read. updateFrom returns the encoded record that it wrote,
// or nil if it wrote none.
func (u *users) updateFrom(ctx context.Context, who user, known *userRecord, form []byte, change func(*userRecord) (bool, error)) ([]byte, error) {
	lock := u.locks[who.hash()[0]%byte(len(u.locks))]
	select {
	case lock <- struct{}{}:
		defer func() { <-lock }()
	case <-ctx.Done():
		return nil, storeFailure(ctx.Err())
	}
	swapper, swaps := u.sessions.swapper()
	for attempt := range 100 {
		var r userRecord
		old, err := form, error(nil)
		if attempt == 0 && swaps && known != nil {
			r = *known
			r.logins = append([]recordLogin(nil), known.logins...)
			r.sessionKeys = append([]userKey(nil), known.sessionKeys...)
		} else if r, old, err = u.load(ctx, who); err != nil {
			return nil, err
		}
		r.dropEnded(time.Now())
		changed, err := change(&r)
		if err != nil || !changed {
			return nil, err
		}
		b, expiry, err := u.encode(who, &r)
		if err != nil {
			return nil, err
		}
		if !swaps {
			return b, u.write(ctx, who.recordKey(), b, expiry)
		}
		if old == nil && b == nil {
			return nil, nil
		}
		swapped, err := swapper.CompareAndSwapCtx(ctx, string(who.recordKey()), old, b, expiry)
		if err != nil || swapped {
			return b, storeFailure(err)
		}
	}
	return nil, storeFailure(errContended)
}

// write stores a record without compare-and-swap. If b is nil, write deletes the record.
func (u *users) write(ctx context.Context, key storeKey, b []byte, expiry time.Time) error {
	if b == nil {
		return u.sessions.delete(ctx, key)
	}
	return u.sessions.commit(ctx, key, b, expiry)
}

// dropEnded drops the logins that expired clockSkew ago or earlier.
func (r *userRecord) dropEnded(now time.Time) {
	passed := now.Add(-clockSkew).Unix()
	kept := r.logins[:0]
	for _, l := range r.logins {
		if l.until > passed {
			kept = append(kept, l)
		}
	}
	r.logins = kept
}

// forget removes logins from the user's record. The caller must delete their sessions
// first.
func (u *users) forget(ctx context.Context, who user, gone []recordLogin) error {
	return u.update(ctx, who, func(r *userRecord) (bool, error) { return r.remove(gone), nil })
}
