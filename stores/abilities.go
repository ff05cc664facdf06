package stores

import (
	"context"
	"time"
)

// Swapper is a store that can replace a value in one step. Every store of this module
// is a Swapper.
//
// With any other store, package wxauth can lock user records only within its own
// process. If two processes change one user record at the same time, one of the changes
// can be lost. The lost change may be a session key, or a login that Revoke then does
// not find.
//
// A Swapper must also support [UpdateOnly].
type Swapper interface {
	// CompareAndSwapCtx replaces the value of key with new and sets the expiry, if the
	// current value equals old. It reports whether it replaced the value. No process
	// can change the key between the comparison and the replacement.
	//
	// If old is nil, the key must be absent or expired. If new is nil,
	// CompareAndSwapCtx deletes the key and ignores expiry. A non-nil empty slice is an
	// empty value.
	//
	// After an error it is unknown whether the value was replaced.
	CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error)
}

// CachedFinder is a store that can answer reads from the memory of the process.
type CachedFinder interface {
	// FindCachedCtx is like FindCtx, but the answer may be slightly stale: it may miss
	// a change that another process made a moment ago. It never misses a change that
	// this store made itself. The store's documentation states how stale an answer may
	// be.
	//
	// Package wxauth calls FindCachedCtx only to find the login of a request. It calls
	// FindCtx for all data that it changes or shows to the user.
	FindCachedCtx(ctx context.Context, key string) (value []byte, found bool, err error)
}

// ReadyChecker is a store that can check that it works.
type ReadyChecker interface {
	// Ready returns nil if sessions can be stored, read, swapped and deleted now.
	// Otherwise the text of the error tells the operator what to fix. The text is for
	// the log, never for a client. It contains no secrets, but may name hosts and
	// commands.
	Ready(ctx context.Context) error
}

// SafeError is an error whose text may be logged. Package wxauth logs only the kind of
// any other store error. Such an error may quote the command that the server refused,
// with a token or session data in it.
type SafeError interface {
	error

	// SafeError returns a text without keys, values, passwords and URLs.
	SafeError() string
}
