package wxauth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"example.com/wxlogin/stores"
)

// change holds encoded versions of a session. The field base is the session before the
// application's changes, and the field mine is the session after these changes.
type change struct {
	base, mine []byte
	// stored is the session that apply expects in the store, or nil if apply must read
	// the session first. If stored differs from base, apply merges the change into stored.
	stored []byte
}

// unchanged reports whether c.base and c.mine hold equal data and the same deadline.
// It can return false for equal data, for example if another codec encoded c.base. The
// session is then saved without need.
//
// A codec can encode the keys in any order. Two encodings that differ only in this
// order have the same length and the same sum of bytes. Decoding is slow, so
// unchanged decodes the two encodings only if their lengths and sums are equal.
func (s sessions) unchanged(c *change) bool {
	if bytes.Equal(c.mine, c.base) {
		return true
	}
	if len(c.mine) != len(c.base) || byteSum(c.mine) != byteSum(c.base) {
		return false
	}
	began, base, err := s.codec().Decode(c.base)
	if err != nil {
		return false
	}
	deadline, mine, err := s.codec().Decode(c.mine)
	if err != nil || !deadline.Equal(began) || len(mine) != len(base) {
		return false
	}
	for k, v := range mine {
		if old, had := base[k]; !had || !s.sameValue(k, old, v) {
			return false
		}
	}
	return true
}

func byteSum(b []byte) (sum int) {
	for _, c := range b {
		sum += int(c)
	}
	return sum
}

const maxSwaps = 100

// apply saves a change in a session by compare-and-swap. If the store still holds
// c.base, apply replaces c.base by c.mine. Otherwise, for example after a save by
// another request, apply merges the changed keys into the session in the store. If
// that session no longer exists or holds no login, the error is stores.ErrNotFound.
func (s sessions) apply(ctx context.Context, key storeKey, c *change) error {
	swapper, ok := s.swapper()
	if !ok {
		return errors.New("apply wants a stores.Swapper")
	}
	for range maxSwaps {
		if c.stored == nil {
			b, found, err := s.find(ctx, key)
			if err != nil {
				return err
			}
			if !found {
				return stores.ErrNotFound
			}
			c.stored = b
		}
		next, expiry, err := s.next(c)
		if err != nil {
			return err
		}
		swapped, err := swapper.CompareAndSwapCtx(ctx, string(key), c.stored, next, expiry)
		if err != nil {
			return storeFailure(err)
		}
		if swapped {
			c.base, c.stored = c.mine, next
			return nil
		}
		c.stored = nil
	}
	return storeFailure(errContended)
}

// next returns the encoded session that apply must store, and its expiry.
func (s sessions) next(c *change) ([]byte, time.Time, error) {
	codec := s.codec()
	deadline, mine, err := codec.Decode(c.mine)
	if err != nil {
		return nil, deadline, fmt.Errorf("decoding the session data to save: %w", err)
	}
	if bytes.Equal(c.base, c.stored) {
		return c.mine, deadline, nil
	}
	began, base, err := codec.Decode(c.base)
	if err != nil {
		return nil, deadline, errUndecodable
	}
	end, merged, err := codec.Decode(c.stored)
	if err != nil {
		return nil, deadline, errUndecodable
	}
	text, ok := merged[identityValue].(string)
	if !ok {
		return nil, deadline, stores.ErrNotFound // the login was removed, for example by scs's Clear and Commit
	}
	if err := checkFormat(text); err != nil {
		return nil, deadline, err
	}
	for k, v := range mine {
		if old, had := base[k]; !had || !s.sameValue(k, old, v) {
			merged[k] = v
		}
	}
	for k := range base {
		if _, kept := mine[k]; !kept {
			delete(merged, k)
		}
	}
	if deadline.Equal(began) || end.Before(deadline) {
		deadline = end // the end in the store stays, unless this change set an earlier end
	}
	b, err := s.manager.Codec.Encode(deadline, merged)
	return b, deadline, err
}

// sameValue reports whether two decoded values of a key are equal or have the same
// encoding.
func (s sessions) sameValue(key string, a, b any) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	x, err := s.manager.Codec.Encode(time.Time{}, map[string]any{key: a})
	if err != nil {
		return false
	}
	y, err := s.manager.Codec.Encode(time.Time{}, map[string]any{key: b})
	return err == nil && bytes.Equal(x, y)
}
