package rueidisstore

import (
	"sync"
	"time"
)

// recent contains the keys that a store with a cache wrote or deleted in the last seconds.
// FindCachedCtx reads these keys from Redis and not from the cache.
//
// When a cached value changes, Redis sends a message to the store. The message can arrive
// after the reply to the command that changed the value. Until the message arrives, the
// cache can contain the old value. Without recent, FindCachedCtx could find a session that
// the same store has deleted.
type recent struct {
	mu       sync.RWMutex
	now, old map[string]struct{}
	since    time.Time // when recent.now was last replaced by a new map
}

// After the last write of a key, recent contains the key for at least 4 seconds (the
// period) and for at most 12 seconds. If Redis stops answering over a connection, the
// messages about changed values can be lost. But a client from the function connect then
// closes the connection within 3 seconds, and drops the values that it cached over this
// connection. So when recent drops a key, the cache no longer contains the old value of
// this key. For a client that the application made, see [New].
const period = 4 * time.Second

func (r *recent) add(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch age := time.Since(r.since); {
	case age > 2*period:
		r.old, r.now, r.since = nil, make(map[string]struct{}), time.Now()
	case age > period:
		r.old, r.now, r.since = r.now, make(map[string]struct{}), time.Now()
	}
	r.now[key] = struct{}{}
}

func (r *recent) has(key string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	age := time.Since(r.since)
	if age > 2*period {
		return false
	}
	if _, ok := r.now[key]; ok {
		return true
	}
	_, ok := r.old[key]
	return ok && age <= period
}
