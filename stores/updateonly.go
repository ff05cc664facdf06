package stores

import (
	"context"
	"errors"
)

// ErrNotFound is returned by CommitCtx under [UpdateOnly] if the key is absent or
// expired. In that case CommitCtx has written nothing.
var ErrNotFound = errors.New("stores: no such key")

// UpdateOnlyKey is the type of the context key that [IsUpdateOnly] passes to Value. A
// custom context type can do the same as UpdateOnly: its Value must return a non-nil
// value for UpdateOnlyKey(key) if a commit may not create key.
type UpdateOnlyKey string

// UpdateOnly returns a context under which a commit of key can replace a value but
// cannot create the key. For the stores of this module, CommitCtx(ctx, key, …) returns
// [ErrNotFound] if the key is absent. CommitCtx checks and writes in one step, so no
// deletion can happen between the check and the write. So a late commit cannot restore
// a session after its logout. Commits of other keys and all other operations are not
// affected.
//
// The key is the key in the store. If the session manager hashes tokens, this key
// differs from the client's token.
//
// A store that does not support UpdateOnly commits even if the key is absent.
func UpdateOnly(ctx context.Context, key string) context.Context {
	return &updateOnly{ctx, UpdateOnlyKey(key)}
}

// IsUpdateOnly reports whether a commit under ctx may only replace the value of key. It
// is for authors of stores.
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
