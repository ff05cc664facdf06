package wxauth

import (
	"sync/atomic"
	"time"
)

// clock reads the current time at a lower cost than time.Now. Each check of a login needs
// the time. The function time.Now reads the wall clock and the monotonic clock. The
// function time.Since reads only the monotonic clock and is faster. So the method unix
// usually calls time.Now at most once a second. Between two calls, it adds time.Since to
// the result of the earlier call. After a suspension of the machine or a change of the
// wall clock, unix can be wrong for up to a second.
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
