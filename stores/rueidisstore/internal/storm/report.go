package storm

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Report is the result of [Run]. Its numbers do not include requests that a user cancelled.
type Report struct {
	Seed     uint64
	Duration time.Duration
	Requests int
	// Failed counts the requests that got no complete answer, or a 503 with the code
	// store_unavailable.
	Failed  int
	Faults  map[string]int // the number of Redis faults of each kind
	Wrong   []string       // descriptions of the first 20 mistakes, such as wrong answers and leaked goroutines
	Wrongs  int
	Longest time.Duration // the duration of the longest request
	// Recovery is the longest time from the end of a fault to the end of a failed request.
	// Only requests that began after this fault and ended before the next fault count.
	Recovery time.Duration
	// Stale counts the requests that an instance accepted from its cache less than 5 seconds
	// after the other instance had ended the login. Latest is the longest time between the
	// end of a login and the start of such a request.
	Stale  int
	Latest time.Duration

	Before, After Resources
}

// Resources contains the numbers of goroutines and of connections to Redis, and the
// bytes in the heap.
type Resources struct {
	Goroutines, Connections int
	Heap                    uint64
}

func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d requests in %v, %d of them failed; %d wrong answers\n", r.Seed, r.Requests, r.Duration.Round(time.Second), r.Failed, r.Wrongs)
	total := 0
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(r.Faults)) {
		total += r.Faults[kind]
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, r.Faults[kind]))
	}
	fmt.Fprintf(&b, "%d faults: %s\n", total, strings.Join(kinds, ", "))
	fmt.Fprintf(&b, "longest request %v, longest recovery %v\n", r.Longest.Round(time.Millisecond), r.Recovery.Round(time.Millisecond))
	if r.Stale > 0 {
		fmt.Fprintf(&b, "%d requests passed with a token that another instance had ended, up to %v later\n", r.Stale, r.Latest.Round(time.Microsecond))
	}
	fmt.Fprintf(&b, "goroutines %d before, %d after; connections to redis %d, %d; heap %.1f MB, %.1f MB", r.Before.Goroutines, r.After.Goroutines,
		r.Before.Connections, r.After.Connections, float64(r.Before.Heap)/1e6, float64(r.After.Heap)/1e6)
	for _, wrong := range r.Wrong {
		b.WriteString("\n" + wrong)
	}
	return b.String()
}

// recorder fills a Report. Its methods are safe for concurrent use.
type recorder struct {
	mu     sync.Mutex
	Report Report

	active    string // the kind of the current fault, or ""
	lastFault string
	lastEnd   time.Time
}

func (c *recorder) begin(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Report.Faults[kind]++
	c.active, c.lastFault = kind, kind
}

func (c *recorder) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active, c.lastEnd = "", time.Now()
}

func (c *recorder) request(r reply, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Report.Requests++
	c.Report.Longest = max(c.Report.Longest, r.ended.Sub(r.began))
	if failed {
		c.Report.Failed++
		if c.active == "" && !c.lastEnd.IsZero() && r.began.After(c.lastEnd) {
			c.Report.Recovery = max(c.Report.Recovery, r.ended.Sub(c.lastEnd))
		}
	}
}

func (c *recorder) stale(late time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Report.Stale++
	c.Report.Latest = max(c.Report.Latest, late)
}

func (c *recorder) wrong(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Report.Wrongs++
	if len(c.Report.Wrong) < 20 {
		c.Report.Wrong = append(c.Report.Wrong, text+" (last fault: "+cmp.Or(c.lastFault, "none")+")")
	}
}
