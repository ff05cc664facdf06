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

// change is the change that an application made to the data of a session. base is
// the encoded session before the change, and mine is the encoded session after the
// change.
type change struct {
	base, mine []byte
	// stored is the value that was last read from the store, or nil if it must be
	// read. stored differs from base after another request has saved.
	stored []byte
}

// unchanged reports whether the application did not change the data. A codec may
// encode the keys in any order. Two encodings that differ only in the order have
// the same length and the same sum of bytes. So unchanged decodes only such
// encodings.
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

// apply applies a change to the session under key by compare-and-swap. The first
// try replaces the loaded session by the changed session. If this swap fails,
// another request has saved meanwhile. Then apply applies the change, key by key,
// to the session in the store. The error is stores.ErrNotFound if the session no
// longer exists.
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

// next returns the encoded session to store, and the time when the session expires.
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
		return nil, deadline, stores.ErrNotFound // another request has ended the login by Clear
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
		deadline = end // if two requests shorten the login, the earlier end wins
	}
	b, err := s.manager.Codec.Encode(deadline, merged)
	return b, deadline, err
}

// sameValue reports whether two values of a key have the same stored form. Both
// values come from the codec's Decode. If the codec has only one type for numbers,
// both values already have that type.
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
