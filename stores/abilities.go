package stores

import (
	"context"
	"time"
)

// Swapper is a store that can replace a value in one step. Every store of this
// module is one.
//
// With a store that is not, package wxauth has nothing but a lock of its own
// process. Of two changes that two processes make to one user record at the same
// time, one can be lost, and with it a session key, or a login that Revoke then
// does not find.
//
// A Swapper must also heed [UpdateOnly].
type Swapper interface {
	// CompareAndSwapCtx replaces the value of key by new, with the given
	// expiry, if the value is old. It reports whether it replaced the value.
	// No other change of the same key, from this process or another, comes
	// between the comparison and the replacement.
	//
	// If old is nil, the key must be absent or expired. If new is nil, the
	// key is deleted and expiry is ignored. An empty slice that is not nil
	// is an empty value.
	//
	// After an error it is unknown whether the value was replaced.
	CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error)
}

// CachedFinder is a store that can answer a read from the memory of the process.
type CachedFinder interface {
	// FindCachedCtx is FindCtx, but the answer may be slightly stale: it may
	// miss a change that another process made a moment ago. It never misses
	// a change that this store made itself. The store's documentation states
	// how stale an answer may be.
	//
	// Package wxauth calls it only to find the login of a request. It calls
	// FindCtx for everything that it changes or shows to the user.
	FindCachedCtx(ctx context.Context, key string) (value []byte, found bool, err error)
}

// ReadyChecker is a store that can check that it works.
type ReadyChecker interface {
	// Ready returns nil if sessions can be stored, read, swapped and deleted
	// now. Otherwise the text of the error tells the operator what to mend.
	// It is meant for the log and never for a client. It holds no secret,
	// but may name hosts and commands.
	Ready(ctx context.Context) error
}

// SafeError is an error whose text may be logged. Package wxauth logs of the
// other errors of a store only their kind, because a server may repeat in an
// error the command that it refuses, with a token or session data.
type SafeError interface {
	error

	// SafeError returns a text without keys, values, passwords and URLs.
	SafeError() string
}
