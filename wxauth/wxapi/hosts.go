package wxapi

import (
	"net/url"
	"sync/atomic"
	"time"
)

// hosts are the base URLs of Options.Hosts, in order of preference. If a connection
// to a host fails, calls skip the host for some time. Otherwise a host that drops
// packets would cost every call a third of its timeout, and most turns would be
// lost.
type hosts struct {
	urls []url.URL
	down []atomic.Int64 // until when each host is skipped, in Unix nanoseconds, or 0
}

// passedOver is how long a host is skipped before one call tries it again.
const passedOver = 10 * time.Second

func newHosts(bases []string) *hosts {
	h := &hosts{down: make([]atomic.Int64, len(bases))}
	for _, base := range bases {
		u, _ := url.Parse(base) // Options.Validate has parsed it
		h.urls = append(h.urls, *u)
	}
	return h
}

// first returns the host that a call tries first. This is the most preferred host
// that is not skipped. After passedOver, the first call gets the host again. Other
// calls skip the host until that call has connected.
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

// next returns the host to try after a connection to host i failed.
func (h *hosts) next(i int) int { return (i + 1) % len(h.urls) }

// learn records whether a connection to host i succeeded.
func (h *hosts) learn(i int, connected bool) {
	switch {
	case !connected:
		h.down[i].Store(time.Now().Add(passedOver).UnixNano())
	case h.down[i].Load() != 0:
		h.down[i].Store(0)
	}
}
