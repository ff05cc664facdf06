package rueidisstore

import (
	"sync"
	"time"
)

// recent knows the keys that were written by this process in the last seconds.
//
// The word that a key was changed comes from Redis after the reply to the
// change, and not necessarily over the same connection. Until it is sure to be
// there, reads go past the cache: who logs out and asks again is logged out,
// and who could not swap a value gets to see the one that is there.
type recent struct {
	mu       sync.RWMutex
	now, old map[string]struct{}
	since    time.Time // when now was begun
}

// period is how long a key is known at least; twice that at most.
const period = 2 * time.Second

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
