package rueidisstore

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

// FindCachedCtx implements [stores.CachedFinder]. Without [Options].CacheFor it is
// FindCtx. The value must not be modified.
//
// It may miss what another process changed in the last millisecond or so, or in the
// last 3 seconds if Redis has stopped answering meanwhile. The package comment says
// why. It never misses what this store wrote.
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
		// The client lets reads of one key share a command, and its failure: the
		// context of another read may have ended.
		return s.find(ctx, begun, key)
	}
	return foundBy(reply)
}
