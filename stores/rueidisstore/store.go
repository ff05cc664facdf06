package rueidisstore

import (
	"context"
	"strconv"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/rueidis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/internal/layout"
)

// Store is a session store in Redis. Most operations need one round trip, and
// concurrent operations can share a round trip. FindCachedCtx needs no round trip for a
// cached value. But for a key that the store wrote in the last seconds, FindCachedCtx asks
// Redis. CompareAndSwapCtx needs a second round trip if the server does not have the
// Lua script of CompareAndSwapCtx yet. All and AllCtx need up to two round trips for each
// batch of about a thousand keys.
//
// # Time
//
// An operation ends when its context ends, at the latest after about 3 seconds. If
// thousands of operations wait for a Redis that does not answer, a few reads can end
// later than their contexts, but within about 3 seconds of their start. For All and
// AllCtx, the 3 seconds apply to each batch.
//
// Within these 3 seconds, a read can run again if it got no reply, for example because
// the connection was lost. A write never runs again if Redis may have executed it.
//
// CommitCtx and CompareAndSwapCtx send Redis the time until the key expires. Redis
// measures this time with its own clock. So a key expires at the right time even if the
// clocks of Redis and of this machine differ.
//
// # Errors
//
// All errors that the methods return, except [stores.ErrNotFound], implement
// [stores.SafeError]. Their texts contain no keys, values or passwords. If Redis replies
// with an error, the text quotes at most the first word of the reply, such as OOM or
// READONLY. The errors of Ready can also name a refused command.
//
// All methods are safe for concurrent use.
type Store struct {
	client   rueidis.Client
	prefix   string
	cacheFor time.Duration
	swap     *rueidis.Lua
	calls    calls
	written  recent

	// Only Open sets addr and useTLS. addr is the first address in the URL.
	addr   string
	useTLS bool
}

var (
	_ scs.CtxStore         = (*Store)(nil)
	_ scs.IterableStore    = (*Store)(nil)
	_ scs.IterableCtxStore = (*Store)(nil)
	_ stores.Swapper       = (*Store)(nil)
	_ stores.CachedFinder  = (*Store)(nil)
	_ stores.ReadyChecker  = (*Store)(nil)
)

// Close closes the client, even a client that the application passed to New. Operations
// in progress succeed or fail within about 3 seconds, and new operations fail. The error
// is always nil.
func (s *Store) Close() error {
	s.client.Close()
	return nil
}

// Find calls FindCtx with context.Background().
func (s *Store) Find(key string) (value []byte, found bool, err error) {
	return s.FindCtx(context.Background(), key)
}

// FindCtx returns the value of a key. It never uses the cache of FindCachedCtx. If Redis
// does not answer, FindCtx returns an error. If found is false and err is nil, Redis
// replied that the key is absent.
func (s *Store) FindCtx(ctx context.Context, key string) (value []byte, found bool, err error) {
	return s.find(ctx, time.Now(), key)
}

// find implements FindCtx. The limit of 3 seconds counts from the parameter begun.
func (s *Store) find(ctx context.Context, begun time.Time, key string) (value []byte, found bool, err error) {
	get := s.client.B().Get().Key(s.prefix + key).Build()
	return foundBy(s.calls.read(ctx, begun, get.Slot(), func(ctx context.Context, again bool) rueidis.RedisResult {
		if again {
			return s.client.Do(ctx, s.client.B().Get().Key(s.prefix+key).Build())
		}
		return s.client.Do(ctx, get)
	}))
}

func foundBy(reply rueidis.RedisResult) (value []byte, found bool, err error) {
	value, err = reply.AsBytes()
	if rueidis.IsRedisNil(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, failed("finding a session in redis", err)
	}
	return value, true, nil
}

// Commit calls CommitCtx with context.Background().
func (s *Store) Commit(key string, value []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), key, value, expiry)
}

// CommitCtx sets the value and the expiry of a key. It rounds the time until expiry up
// to whole milliseconds. If expiry has passed, CommitCtx deletes the key. If ctx comes
// from [stores.UpdateOnly] for the same key, and the key is absent, CommitCtx returns
// [stores.ErrNotFound].
func (s *Store) CommitCtx(ctx context.Context, key string, value []byte, expiry time.Time) error {
	updateOnly, ttl := stores.IsUpdateOnly(ctx, key), layout.TTL(expiry)
	reply := s.write(ctx, key, func(ctx context.Context, _ bool) rueidis.RedisResult {
		if ttl == 0 {
			return s.client.Do(ctx, s.client.B().Del().Key(s.prefix+key).Build())
		}
		set := s.client.B().Set().Key(s.prefix + key).Value(string(value))
		if updateOnly {
			return s.client.Do(ctx, set.Xx().PxMilliseconds(ttl).Build())
		}
		return s.client.Do(ctx, set.PxMilliseconds(ttl).Build())
	})
	if err := reply.Error(); err != nil && !rueidis.IsRedisNil(err) {
		return failed("committing a session to redis", err)
	}
	if deleted, err := reply.AsInt64(); updateOnly && (rueidis.IsRedisNil(err) || ttl == 0 && deleted == 0) {
		return stores.ErrNotFound
	}
	return nil
}

// Delete calls DeleteCtx with context.Background().
func (s *Store) Delete(key string) error {
	return s.DeleteCtx(context.Background(), key)
}

// DeleteCtx deletes a key. It does nothing if the key is absent.
func (s *Store) DeleteCtx(ctx context.Context, key string) error {
	err := s.write(ctx, key, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.client.Do(ctx, s.client.B().Del().Key(s.prefix+key).Build())
	}).Error()
	if err != nil {
		return failed("deleting a session from redis", err)
	}
	return nil
}

// CompareAndSwapCtx implements [stores.Swapper].
func (s *Store) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error) {
	args := []string{layout.Digest(old), "", string(new)}
	if ttl := layout.TTL(expiry); ttl > 0 && new != nil {
		args[1] = strconv.FormatInt(ttl, 10)
	}
	swapped, err = s.write(ctx, key, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.swap.Exec(ctx, s.client, []string{s.prefix + key}, args)
	}).AsBool()
	if err != nil {
		return false, failed("swapping a value in redis", err)
	}
	return swapped, nil
}

// write runs an operation that can change the value of key. For some seconds after the
// operation, FindCachedCtx reads this key from Redis and not from the cache.
func (s *Store) write(ctx context.Context, key string, write op) rueidis.RedisResult {
	if s.cacheFor > 0 {
		defer s.written.add(key)
	}
	return s.calls.write(ctx, write)
}
