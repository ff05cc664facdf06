package rueidisstore

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

// FindCachedCtx implements [stores.CachedFinder]. Without [Options].CacheFor, it always
// asks Redis, like FindCtx. The caller must not modify the value, because the cache can use
// the same memory.
//
// After a change through another Store, for example in another process, FindCachedCtx can
// return the old value for a short time, usually about a millisecond. If Redis stops
// answering, this time can be up to 3 seconds. The package comment explains why. After a
// change through the same Store, FindCachedCtx does not return the old value. With some
// options of the client, a store from [New] can return old values for longer; see New.
func (s *Store) FindCachedCtx(ctx context.Context, key string) (value []byte, found bool, err error) {
	begun := time.Now()
	if s.cacheFor == 0 || s.written.has(key) {
		return s.find(ctx, begun, key)
	}
	get := s.client.B().Get().Key(s.prefix + key).Cache()
	reply := s.calls.read(ctx, begun, get.Slot(), func(ctx context.Context, again bool) rueidis.RedisResult {
		if again {
			return s.client.DoCache(ctx, s.client.B().Get().Key(s.prefix+key).Cache(), s.cacheFor)
		}
		return s.client.DoCache(ctx, get, s.cacheFor)
	})
	if reply.NonRedisError() != nil && ctx.Err() == nil {
		// In the client, concurrent cached reads of one key share the command of the
		// first read. If the context of the first read ends, the other reads fail. So
		// after a failure, a read sends its own command.
		return s.find(ctx, begun, key)
	}
	return foundBy(reply)
}
