package rueidisstore

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// calls runs operations so that each ends with its context, or after timeout.
//
// The client gives up on a command when the context ends, once the command is in the
// queue of a connection. Before that, the client does not look at the context: while it
// connects, while it waits for another operation that connects, and while the queue is
// full because Redis does not answer. So an operation runs in a goroutine that its
// caller can leave behind. The goroutine, its channel and its timer cost a third of the
// throughput. Reads go without them ("inline") while none of these waits is to be
// expected.
type calls struct {
	dials   *dials // nil if the client connects by itself; then nothing runs inline
	inline  atomic.Int32
	failing [parts]atomic.Bool // the last read failed or was slow
}

// op is an operation. It may be run again if it is a read, or if it was not sent. Then it
// must make its command anew: a connection that was lost may still be about to write the
// command, and the client uses commands again that have succeeded.
type op = func(ctx context.Context, again bool) rueidis.RedisResult

const (
	timeout = 3 * time.Second // for an operation
	// An inline read without a deadline has no timer. While Redis is silent, the
	// read ends when the client gives up the connection. A Redis that answers
	// later than this is not silent; its reads get timers.
	slow = time.Second
	// maxInline is half of what the queue of a connection holds, so inline reads
	// never find it full.
	maxInline = 1 << queueScale / 2
	// The nodes of a cluster fail one by one, and serve ranges of its 16384
	// slots. So a part is 256 slots. The last part is for all that is no cluster.
	parts = 16384/256 + 1
)

// read runs a read of a key in the given slot. It ends timeout after begun.
func (c *calls) read(ctx context.Context, begun time.Time, slot uint16, read op) rueidis.RedisResult {
	if err := ctx.Err(); err != nil {
		return rueidis.NewErrorResult(err)
	}
	failing := &c.failing[min(slot/256, parts-1)]
	inline := c.mayInline(failing)
	if inline {
		reply := read(inlineContext{ctx}, false)
		c.inline.Add(-1)
		err := reply.NonRedisError()
		if err != nil || time.Since(begun) > slow {
			failing.Store(true)
		}
		if err == nil || ctx.Err() != nil {
			return reply
		}
	}
	reply, err := abandonable(ctx, begun.Add(timeout), connecting(read, inline))
	if err != nil {
		reply = rueidis.NewErrorResult(err)
	}
	failing.Store(reply.NonRedisError() != nil || time.Since(begun) > slow)
	return reply
}

// mayInline reports whether a read may run inline. If so, it counts the read.
func (c *calls) mayInline(failing *atomic.Bool) bool {
	if c.dials == nil || failing.Load() || c.dials.pending.Load() > 0 {
		return false
	}
	if c.inline.Add(1) > maxInline {
		c.inline.Add(-1)
		return false
	}
	return true
}

// write runs an operation that must not be repeated once it was sent.
func (c *calls) write(ctx context.Context, write op) rueidis.RedisResult {
	reply, err := abandonable(ctx, time.Now().Add(timeout), connecting(write, false))
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	return reply
}

// connecting repeats an operation that the client took for an inline read: the
// client shares the error of a connection that was not made.
func connecting(run op, again bool) func(context.Context) rueidis.RedisResult {
	return func(ctx context.Context) rueidis.RedisResult {
		for ; ; again = true {
			reply := run(ctx, again)
			if ctx.Err() != nil || !errors.Is(reply.NonRedisError(), errNotConnected) {
				return reply
			}
		}
	}
}

// abandonable runs f in a goroutine. It returns its result, or an error when ctx ends
// or at the deadline.
func abandonable[T any](ctx context.Context, deadline time.Time, f func(context.Context) T) (result T, err error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return result, err
	}
	done := make(chan T, 1)
	go func() { done <- f(ctx) }()
	select {
	case result = <-done:
		return result, nil
	case <-ctx.Done():
		return result, ctx.Err()
	}
}
