package stores

import (
	"context"
	"errors"
)

// ErrNotFound is the error of CommitCtx if its context comes from [UpdateOnly] with the
// same key, and the key is absent or expired. In this case CommitCtx has written nothing.
var ErrNotFound = errors.New("stores: no such key")

// UpdateOnlyKey is the type of the context key that [IsUpdateOnly] passes to the Value
// method of a context. Instead of calling [UpdateOnly], you can write a context type of
// your own. Its Value method must return a non-nil value for UpdateOnlyKey(key) if a commit
// must not create the key.
type UpdateOnlyKey string

// UpdateOnly returns a context with which CommitCtx can replace the value of key but cannot
// create the key. So a commit after a logout cannot restore the session.
//
// With the returned context, the CommitCtx method of [Memory], [Redis] and the store of
// package rueidisstore returns [ErrNotFound] if the key is absent. CommitCtx checks and
// writes in one atomic step, so no deletion can happen between the check and the write.
// UpdateOnly affects only commits of key.
//
// The parameter key is the key that CommitCtx gets. If the session manager hashes tokens,
// this key differs from the client's token.
//
// A store that does not support UpdateOnly commits even if the key is absent.
func UpdateOnly(ctx context.Context, key string) context.Context {
	return &updateOnly{ctx, UpdateOnlyKey(key)}
}

// IsUpdateOnly reports whether a commit of key with ctx must not create the key. It is
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
