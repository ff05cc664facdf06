package wxauth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A note records how the session under a store key ended. It consists of a version,
// then noteEnded and the reason, or noteRenewed. The note has its own store key.
// Under the session's key, a late commit could replace the note by a live session.
const (
	noteVersion = "1"
	noteEnded   = "E"
	noteRenewed = "R"

	// keepRenewed is how long the note of a renewed login lasts. It is longer than
	// any request that began with the old token.
	keepRenewed = 10 * time.Minute
)

// noteEnd stores how the session under key ended.
func (a *Auth) noteEnd(ctx context.Context, key storeKey, note string, expiry time.Time) error {
	return a.sessions.create(ctx, key.endKey(), expiry.UTC(), map[string]any{endValue: noteVersion + note})
}

// noteMoved stores a note that Renew has left the session under key. If the store
// can swap, noteMoved does not replace a note that says why the login has ended.
func (a *Auth) noteMoved(ctx context.Context, key storeKey) error {
	expiry := time.Now().Add(keepRenewed)
	swapper, ok := a.sessions.swapper()
	if !ok {
		return a.noteEnd(ctx, key, noteRenewed, expiry)
	}
	b, err := a.sessions.manager.Codec.Encode(expiry.UTC(), map[string]any{endValue: noteVersion + noteRenewed})
	if err != nil {
		return err
	}
	_, err = swapper.CompareAndSwapCtx(ctx, string(key.endKey()), nil, b, expiry)
	return storeFailure(err)
}

// readEnd returns how the session under key ended, or "" if there is no readable
// note.
func (a *Auth) readEnd(ctx context.Context, key storeKey) (string, error) {
	b, found, err := a.sessions.find(ctx, key.endKey())
	if err != nil || !found {
		return "", err
	}
	text, _, err := a.sessions.value(b, endValue)
	if err != nil || len(text) < 2 || text[:1] != noteVersion {
		return "", nil
	}
	return text[1:], nil
}

// errTokenRefused reports an unknown token, or a token whose login has ended.
var errTokenRefused = fmt.Errorf("%w: the token is unknown, or its login has ended", ErrNotLoggedIn)

// refusedToken returns the error for a token whose store key has no session. If the
// server ended the login with a reason, the error contains the reason.
func (a *Auth) refusedToken(ctx context.Context, key storeKey) error {
	note, err := a.readEnd(ctx, key)
	if err != nil {
		return err
	}
	if len(note) > 1 && note[:1] == noteEnded {
		return &endedError{note[1:]}
	}
	return errTokenRefused
}

// endedError reports a login that the server ended with a reason.
type endedError struct{ reason string }

func (e *endedError) Error() string { return fmt.Sprintf("%v: %s", errTokenRefused, e.reason) }
func (e *endedError) Unwrap() error { return errTokenRefused }

// validReason returns nil if a reason has the form [a-z_]{1,32} or is empty.
func validReason(reason string) error {
	for _, c := range []byte(reason) {
		if c != '_' && (c < 'a' || c > 'z') {
			return errReason
		}
	}
	if len(reason) > 32 {
		return errReason
	}
	return nil
}

var errReason = errors.New("a reason has at most 32 of the characters a-z and _")
