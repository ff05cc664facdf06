package stores

import (
	"context"
	"time"
)

// Swapper is a store that can compare and replace a value in one atomic step. Every
// store of this module is a Swapper.
//
// If the store is not a Swapper, package wxauth locks user records only within one
// process. If two processes then change the same user record at the same time, one of
// the two changes can be lost. The lost change can be a new session key. It can also be
// a new login, which Revoke then does not find.
//
// A Swapper must also support [UpdateOnly].
type Swapper interface {
	// CompareAndSwapCtx replaces the value of key with new and sets the expiry, if the
	// current value equals old. swapped reports whether CompareAndSwapCtx replaced the
	// value. No process can change the key between the comparison and the replacement.
	//
	// If old is nil, CompareAndSwapCtx swaps only if the key is absent or expired. If
	// new is nil, CompareAndSwapCtx deletes the key and ignores expiry. An empty slice
	// that is not nil is an empty value.
	//
	// If CompareAndSwapCtx returns an error, the caller cannot tell whether the value
	// was replaced.
	CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error)
}

// CachedFinder is a store that can read a value from a cache in the memory of the
// process.
type CachedFinder interface {
	// FindCachedCtx is like FindCtx, but can return an old value for a short time after
	// another process has changed the key. FindCachedCtx never misses a change that was
	// made through the same store. The documentation of the store states how old a
	// value can be.
	//
	// Package wxauth calls FindCachedCtx only to find the login of a request. For user
	// records and for the application's data, package wxauth calls FindCtx.
	FindCachedCtx(ctx context.Context, key string) (value []byte, found bool, err error)
}

// ReadyChecker is a store that can check whether it works.
type ReadyChecker interface {
	// Ready returns nil if the store can write, read, swap and delete sessions now.
	// Otherwise Ready returns an error. The text of the error tells the operator what to
	// fix. The text contains no secrets, but can name hosts and commands. So write the
	// text to the log, and never send the text to a client.
	Ready(ctx context.Context) error
}

// SafeError is an error with a text that is safe to log. If an error of a store is not a
// SafeError, package wxauth does not log the text of the error. The text could quote a
// refused command, and the command could contain a token or session data.
type SafeError interface {
	error

	// SafeError returns a text that contains no key, value, password or URL.
	SafeError() string
}
