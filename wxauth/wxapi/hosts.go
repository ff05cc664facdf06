package wxapi

import (
	"net/url"
	"sync/atomic"
	"time"
)

// hosts contains the base URLs of Options.Hosts, in order of preference. If a
// connection to a host fails, calls skip the host for some time. Otherwise a host that
// drops packets would delay every call by a third of its timeout. Most calls would then
// get no turn.
type hosts struct {
	urls []url.URL
	down []atomic.Int64 // until when each host is skipped, in Unix nanoseconds, or 0
}

// passedOver is how long calls skip a host before one call tries it again.
const passedOver = 10 * time.Second

func newHosts(bases []string) *hosts {
	h := &hosts{down: make([]atomic.Int64, len(bases))}
	for _, base := range bases {
		u, _ := url.Parse(base) // no error, because Options.Validate has parsed base
		h.urls = append(h.urls, *u)
	}
	return h
}

// first returns the index of the host that a call tries first. This is the most
// preferred host that is not skipped, or host 0 if all hosts are skipped. After
// passedOver, first returns a failed host to one call. Other calls skip the host for
// another passedOver, or until that call has connected.
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
