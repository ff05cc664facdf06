package rueidisstore

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

// FindCachedCtx implements [stores.CachedFinder]. Without [Options].CacheFor, it always
// asks Redis, like FindCtx. The caller must not modify the value.
//
// FindCachedCtx can miss a change that another process made less than about a
// millisecond ago. If Redis has stopped answering, it can miss changes of the last 3
// seconds. The package comment explains why. FindCachedCtx never misses a change that
// this store made.
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
		// In the client, concurrent reads of one key share one command. If the context
		// of one read ends, the other reads can fail too. So this read asks Redis with
		// its own command.
		return s.find(ctx, begun, key)
	}
	return foundBy(reply)
}
