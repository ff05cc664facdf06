package wxapi

import (
	"net/url"
	"sync/atomic"
	"time"
)

// hosts contains the base URLs of Options.Hosts, in order of preference. After a
// connection to a host fails, calls prefer the other hosts for some time. Otherwise, if
// the first host drops packets, a call would first wait for the connect timeout, by
// default a third of Options.Timeout. A call holds its turn (see Options.MaxInFlight)
// during this wait. Under load, other calls could then get no turn and fail.
type hosts struct {
	urls []url.URL
	down []atomic.Int64 // for each host, the time until which hosts.first skips it, in Unix nanoseconds, or 0
}

// passedOver is how long calls prefer other hosts to a failed host.
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
// preferred host that does not count as failed, or host 0 if all hosts count as failed.
// After a failed connection, a host counts as failed for ten seconds (passedOver). After
// that, first can return the host to one call again. For the other calls, the host then
// counts as failed for another ten seconds. After a successful connection, a host no
// longer counts as failed.
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

func (h *hosts) next(i int) int { return (i + 1) % len(h.urls) }

func (h *hosts) learn(i int, connected bool) {
	switch {
	case !connected:
		h.down[i].Store(time.Now().Add(passedOver).UnixNano())
	case h.down[i].Load() != 0:
		h.down[i].Store(0)
	}
}
