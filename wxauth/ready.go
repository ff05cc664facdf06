package wxauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/wxlogin/stores"
)

// Ready checks whether logins can be stored and found. If the store is a
// stores.ReadyChecker, Ready calls the store's Ready method. Otherwise Ready writes,
// reads and deletes a test value. In this case, if the store is a stores.Swapper, Ready
// also replaces the test value by a compare-and-swap. Call Ready when a server starts,
// and in a readiness probe. Log the text of the error, and do not send it to clients.
// Ready does not call WeChat. Ready adds no time limit of its own, so give ctx a
// deadline. A store that takes no context ignores this deadline.
func (a *Auth) Ready(ctx context.Context) error {
	var err error
	if checker, ok := a.sessions.manager.Store.(stores.ReadyChecker); ok {
		err = checker.Ready(ctx)
	} else {
		err = a.probe(ctx)
	}
	if err != nil {
		return fmt.Errorf("wxauth: the session store is not ready: %w", err)
	}
	return nil
}

// probe tests the store with a value whose store key belongs to no token.
func (a *Auth) probe(ctx context.Context) error {
	s := a.sessions
	key := probePrefix + storeKey(randomText(30))
	value := []byte(key)
	expiry := time.Now().Add(time.Minute)
	if err := s.commit(ctx, key, value, expiry); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if swapper, ok := s.swapper(); ok {
		next := []byte(probePrefix)
		swapped, err := swapper.CompareAndSwapCtx(ctx, string(key), value, next, expiry)
		if err != nil {
			return fmt.Errorf("swapping: %w", storeFailure(err))
		}
		if !swapped {
			return errors.New("swapping: the value that was written is not there")
		}
		value = next
	}
	b, found, err := s.find(ctx, key)
	if err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	if !found || string(b) != string(value) {
		return errors.New("reading: the value that was written is not there")
	}
	if err := s.delete(ctx, key); err != nil {
		return fmt.Errorf("deleting: %w", err)
	}
	return nil
}
