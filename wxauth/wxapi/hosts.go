package wxapi

import (
	"net/url"
	"sync/atomic"
	"time"
)

// hosts are the base URLs of Options.Hosts, in order of preference. A host that
// could not be connected to is passed over for a while: one that swallows
// packets would otherwise cost every call a third of its timeout, and the
// server most of its turns.
type hosts struct {
	urls []url.URL
	down []atomic.Int64 // for each host until when it is passed over, in Unix nanoseconds, or 0
}

// passedOver is how long a host is passed over before one call tries it again.
const passedOver = 10 * time.Second

func newHosts(bases []string) *hosts {
	h := &hosts{down: make([]atomic.Int64, len(bases))}
	for _, base := range bases {
		u, _ := url.Parse(base) // Options.Validate has parsed it
		h.urls = append(h.urls, *u)
	}
	return h
}

// first returns the host that a call tries first: the most preferred one that
// is not passed over. When a host's time is up, the first call to ask gets it,
// and the others go on passing it over until that call has connected.
func (h *hosts) first() int {
	now := time.Now()
	for i := range h.urls {
		until := h.down[i].Load()
		if until == 0 || until <= now.UnixNano() && h.down[i].CompareAndSwap(until, now.Add(passedOver).UnixNano()) {
			return i
		}
	}
	return 0
}

// next returns the host to try when i took no connection.
func (h *hosts) next(i int) int { return (i + 1) % len(h.urls) }

// learn records whether host i took a connection.
func (h *hosts) learn(i int, connected bool) {
	switch {
	case !connected:
		h.down[i].Store(time.Now().Add(passedOver).UnixNano())
	case h.down[i].Load() != 0:
		h.down[i].Store(0)
	}
}
