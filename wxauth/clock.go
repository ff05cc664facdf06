package wxauth

import (
	"sync/atomic"
	"time"
)

// clock returns the current time for the check that every request makes. time.Now
// reads two clocks. time.Since reads one clock and takes half as long. So the clock
// calls time.Now once a second, and otherwise adds the time since that call.
// Reading both clocks once a second also counts the time for which a machine was
// suspended.
type clock struct{ read atomic.Pointer[time.Time] }

// unix returns the time in seconds since 1970.
func (c *clock) unix() int64 {
	if read := c.read.Load(); read != nil {
		if since := time.Since(*read); since >= 0 && since < time.Second {
			return (read.UnixNano() + int64(since)) / int64(time.Second)
		}
	}
	now := time.Now()
	c.read.Store(&now)
	return now.Unix()
}
