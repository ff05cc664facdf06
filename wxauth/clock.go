package wxauth

import (
	"sync/atomic"
	"time"
)

// clock returns the current time. Every request needs the time, to check whether its
// login has ended. time.Now reads two clocks, the wall clock and the monotonic clock.
// time.Since reads only the monotonic clock and takes half as long. So unix calls
// time.Now about once a second, and otherwise adds the time since that call. The
// monotonic clock can stop while a machine is suspended. The next call of time.Now
// corrects the difference.
type clock struct{ read atomic.Pointer[time.Time] }

// unix returns the current time in Unix seconds.
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
