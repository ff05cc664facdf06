package wxauth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A note is a stored value that records how the session under a store key ended. Its
// text is a version, followed by noteEnded and the reason, or by noteRenewed. A note
// has a store key of its own. If the note were stored under the session's key, a save
// after the end could replace the note by a live session.
const (
	noteVersion = "1"
	noteEnded   = "E"
	noteRenewed = "R"

	// keepRenewed is how long the note of a renewed login is kept. This time should be
	// longer than any request that began with the old token.
	keepRenewed = 10 * time.Minute
)

// noteEnd stores a note for the session under key. The argument note is the text of the
// note without the version.
func (a *Auth) noteEnd(ctx context.Context, key storeKey, note string, expiry time.Time) error {
	return a.sessions.create(ctx, key.endKey(), expiry.UTC(), map[string]any{endValue: noteVersion + note})
}

// noteMoved stores the note noteRenewed for the session under key, because Renew has
// copied the session to a new key. If the store is a stores.Swapper, noteMoved keeps a
// note that already exists, because that note can hold the reason for which the login
// was ended.
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

// readEnd returns the text of the note for the session under key, without the version.
// It returns "" if there is no readable note.
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

var errTokenRefused = fmt.Errorf("%w: the token is unknown, or its login has ended", ErrNotLoggedIn)

// refusedToken returns the error for a token whose session is not in the store. If a note
// contains the reason for which the server ended the login, the error contains this
// reason.
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

type endedError struct{ reason string }

func (e *endedError) Error() string { return fmt.Sprintf("%v: %s", errTokenRefused, e.reason) }
func (e *endedError) Unwrap() error { return errTokenRefused }

// validReason returns nil if a reason has the form [a-z_]{0,32}, and errReason
// otherwise.
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
