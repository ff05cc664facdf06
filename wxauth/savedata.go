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

// change is what an application did to the data of a session, in encoded sessions:
// what it was given and what it left.
type change struct {
	base, mine []byte
	// stored is what the store held when it was last looked at; nil for not
	// yet. It differs from base after another request has saved.
	stored []byte
}

// unchanged reports whether the application left the data as it was. A codec may
// encode the keys in any order. Only forms that can differ in their order alone are
// decoded: those of the same length and the same sum of bytes.
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

// apply makes a change to the session under key, by compare-and-swap. The first
// try replaces what was loaded by what the application left. Where that misses,
// another request has saved meanwhile, and the change is applied key by key to
// what the store has. The error is stores.ErrNotFound for a session that is gone.
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

// next returns what the session becomes, and when it expires.
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
		deadline = end // of two that shorten the login the earlier wins
	}
	b, err := s.manager.Codec.Encode(deadline, merged)
	return b, deadline, err
}

// sameValue reports whether two values of a key are stored alike. Both have been
// decoded, so a codec that knows one kind of number has made both of that kind.
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
