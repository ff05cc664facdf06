// Package stores keeps scs sessions: in the process, in Redis, and in the
// encoding between them and a map of values.
//
// Which store an application needs depends on how many processes serve it, and
// growing from one to the next is one line:
//
//   - One process: nothing. [NewMemory] is the default of package wxauth.
//     Sessions end with the process.
//   - Several processes, or sessions that outlive a restart: [OpenRedis] with a
//     URL, on a single Redis or one that Redis Sentinel watches over.
//   - Redis Cluster, or so many requests that a round trip to Redis for each is
//     too much: package rueidisstore, which is a module of its own so that only
//     those who import it pay for it.
//
// Any other scs.Store will do as well; what it lacks then is told with
// [Swapper] and [UpdateOnly].
//
// # Changing the store or the codec of a running fleet
//
// [Redis] and rueidisstore use the keys and values of scs/redisstore, so an
// application on redisstore can change to them, and back, while instances of
// both kinds run side by side. Nobody is logged out.
//
// [Codec] reads what [scs.GobCodec] wrote, but GobCodec does not read what
// Codec writes. So a fleet changes the store first, keeping its codec, and then
// the codec in two steps: first every instance gets one that reads both and
// writes gob,
//
//	type readBoth struct{ stores.Codec }
//
//	func (readBoth) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
//		return scs.GobCodec{}.Encode(deadline, values)
//	}
//
// and when no older instance is left, every instance gets Codec. The way back
// is the same in reverse: readBoth everywhere, wait until the last session that
// Codec wrote has expired, then GobCodec.
package stores

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound is returned by CommitCtx under [UpdateOnly] if the store does not
// have the key, or not any more. Nothing was written then.
var ErrNotFound = errors.New("stores: no such key")

// Swapper is the one ability that a store may have beyond those that package
// scs names. Every store of this module has it. With one that lacks it, package
// wxauth has only a lock of its own process: of two changes that two processes
// make at once to what is kept of a user, one can be lost, and with it a
// session_key, or a login that Revoke then does not find. A store that has it
// must also heed [UpdateOnly].
type Swapper interface {
	// CompareAndSwapCtx replaces the value of key by new, with the given
	// expiry, if the value is old now. It reports whether it was. No other
	// change of the same key, from this process or another, comes between
	// the comparison and the replacement.
	//
	// If old is nil the key must not be there, or be expired. If new is nil
	// the key is deleted, and expiry is not looked at. An empty slice that is
	// not nil is an empty value.
	//
	// After an error it is not known whether the value was replaced.
	CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error)
}

// UpdateOnlyKey is what a store asks a context for, through [IsUpdateOnly], to
// learn whether a commit of that key may create it. A context of an
// application's own type can answer for itself: Value gives something other
// than nil for the key that must exist.
type UpdateOnlyKey string

// UpdateOnly returns a context under which a commit of key replaces a value and
// never creates one: CommitCtx(ctx, key, …) of a store of this module returns
// [ErrNotFound] if the key is not there, in one step that no deletion can come
// between. So a commit that is late cannot bring back a session that was logged
// out meanwhile. Commits of other keys, and all other operations, are as ever.
//
// The key is the one that the store gets, which is not the token of the client
// if the session manager hashes tokens.
//
// A store that does not know of it commits as ever.
func UpdateOnly(ctx context.Context, key string) context.Context {
	return &updateOnly{ctx, UpdateOnlyKey(key)}
}

// IsUpdateOnly reports whether a commit of key under ctx must find it. It is
// for those who write a store.
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
