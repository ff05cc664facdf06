package stores

import (
	"context"
	"time"
)

// Swapper is a store that can compare and replace a value in one atomic step. [Memory],
// [Redis] and the store of package rueidisstore are Swappers.
//
// Package wxauth stores a user record for each user. A user record contains the user's
// latest session keys and the list of the user's logins. If the store is not a Swapper,
// each wxauth.Auth uses locks of its own for user records. So if two Auths, for example in
// two processes, change the same user record at the same time, one of the two changes can
// be lost. If the lost change is a new login, the Revoke method of wxauth.Auth cannot find
// this login.
//
// A Swapper must support [UpdateOnly].
type Swapper interface {
	// CompareAndSwapCtx compares the value of key with the parameter old. If they are
	// equal, it replaces the value with the parameter new, sets the expiry and returns
	// true. Otherwise it changes nothing and returns false. No process can change the key
	// between the comparison and the replacement.
	//
	// A nil old means that the key must be absent or expired. A nil new means that the
	// swap deletes the key. An empty slice that is not nil is an empty value. If the
	// parameter expiry is in the past, the key is absent after the swap.
	//
	// If CompareAndSwapCtx returns an error, the caller cannot tell whether the value
	// was replaced.
	CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error)
}

// CachedFinder is a store that can read a value from a cache in the memory of the
// process.
type CachedFinder interface {
	// FindCachedCtx is like FindCtx, but can miss a change that another process has just
	// made. The documentation of the store must state how long FindCachedCtx can miss a
	// change. FindCachedCtx must never miss a change that was made through the same
	// store in this process.
	//
	// Package wxauth calls FindCachedCtx only in Require, Identify and Authenticate.
	FindCachedCtx(ctx context.Context, key string) (value []byte, found bool, err error)
}

// ReadyChecker is a store that can check whether it works.
type ReadyChecker interface {
	// Ready checks that the store can write, read and delete values. If the store is a
	// [Swapper], Ready checks swaps too. Ready can check more, such as the configuration
	// of the server. If a check fails, the text of the error should tell the operator what
	// is wrong. The text contains no secrets, but can name hosts and commands. So write the
	// text to the log, and never send it to a client.
	Ready(ctx context.Context) error
}

// SafeError is an error with a text that is safe to log. When package wxauth logs an error
// of a store, and errors.As finds a SafeError in it, the log contains the result of the
// SafeError method. For other errors of a store, the log contains only a short description,
// such as the Go type. The full text of such an error could quote a refused command with a
// token or session data.
type SafeError interface {
	error

	// SafeError returns a text that contains no key, value, password or URL.
	SafeError() string
}
