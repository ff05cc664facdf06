package stores

import (
	"context"
	"errors"
)

// ErrNotFound is returned by CommitCtx under [UpdateOnly] if the key is absent or
// expired. Nothing was written then.
var ErrNotFound = errors.New("stores: no such key")

// UpdateOnlyKey is the key under which a store asks a context, by [IsUpdateOnly],
// whether a commit may create a key. An application's own context type can answer
// itself: Value returns something other than nil for a key that must exist.
type UpdateOnlyKey string

// UpdateOnly returns a context under which a commit of key replaces a value and
// never creates one. CommitCtx(ctx, key, …) of a store of this module returns
// [ErrNotFound] if the key is absent. It checks and writes in one step, and no
// deletion can come between. So a late commit cannot bring back a session that
// was logged out meanwhile. Commits of other keys and all other operations are
// not affected.
//
// The key is the store's, which differs from the client's token if the session
// manager hashes tokens.
//
// A store that does not know UpdateOnly commits in any case.
func UpdateOnly(ctx context.Context, key string) context.Context {
	return &updateOnly{ctx, UpdateOnlyKey(key)}
}

// IsUpdateOnly reports whether a commit of key under ctx must find the key. It is
// for authors of stores.
func IsUpdateOnly(ctx context.Context, key string) bool {
	return ctx.Value(UpdateOnlyKey(key)) != nil
}

type updateOnly struct {
	context.Context
	key UpdateOnlyKey
}

func (c *updateOnly) Value(key any) any {
	if k, ok := key.(UpdateOnlyKey); ok && k == c.key {
		return true
	}
	return c.Context.Value(key)
}
