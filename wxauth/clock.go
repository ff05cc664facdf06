package wxauth

import (
	"sync/atomic"
	"time"
)

// clock tells the time for the check that every request makes. time.Now reads
// two clocks and time.Since one, which takes half as long. So the clock reads
// both once a second, in order not to lose the time for which a machine was
// suspended, and otherwise adds what has passed since.
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
