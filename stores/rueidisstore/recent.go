package rueidisstore

import (
	"sync"
	"time"
)

// recent knows the keys that this process wrote in the last seconds.
//
// The message that a key has changed comes from Redis after the reply to the write, and
// maybe over another connection. Until it has arrived for sure, reads of the key go past
// the cache. So after a logout, the instance that carried it out never finds the login.
type recent struct {
	mu       sync.RWMutex
	now, old map[string]struct{}
	since    time.Time // when now was begun
}

// period is how long a key is known at least; twice that at most. A connection that has
// become silent is given up sooner, so a message that is lost with it is not missed.
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
