package rueidisstore

import (
	"sync"
	"time"
)

// recent contains the keys that this store wrote in the last seconds. FindCachedCtx
// reads these keys from Redis.
//
// When a key changes, Redis sends a message to the connections that have read the key.
// The message can arrive after the reply to the write. Until the message arrives, the
// cache contains the old value. Without recent, an instance could accept a login after
// its own logout.
type recent struct {
	mu       sync.RWMutex
	now, old map[string]struct{}
	since    time.Time // when now was created
}

// recent contains a key for at least period, and for at most twice period. The client
// closes a silent connection before period ends. It then drops the values that it
// cached over the connection. So a lost message does no harm.
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
