package rueidisstore

import (
	"sync"
	"time"
)

// recent records the keys that this process wrote in the last seconds.
//
// After Redis has replied to a write, it sends a message that the key has changed. The
// message may come over another connection. Until the message has certainly arrived,
// reads of the key do not use the cache. So after a logout, the instance that handled
// the logout never finds the login.
type recent struct {
	mu       sync.RWMutex
	now, old map[string]struct{}
	since    time.Time // when the map now was created
}

// period is the minimum time for which a key is recorded. The maximum is twice period.
// The client closes a silent connection before period ends, and then drops the values
// that it cached over that connection. So a lost message does no harm.
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
