package rueidisstore

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// calls runs operations. Each operation ends when its context ends, or after timeout.
//
// The client checks the context only after it has put the command into the queue of a
// connection. Before that, the client ignores the context in three cases: while it
// connects, while it waits for another operation that connects, and while the queue is
// full because Redis does not answer. So an operation runs in a goroutine of its own,
// and the caller need not wait for it. The goroutine, its channel and its timer reduce
// the throughput by a third. So a read runs without them ("inline") if none of the
// three cases is likely.
type calls struct {
	dials   *dials // nil if the client connects by itself; then nothing runs inline
	inline  atomic.Int32
	failing [parts]atomic.Bool // the last read failed or was slow
}

// op is an operation. It may run again if it is a read, or if it was not sent. Each run
// must make a new command: a lost connection may still write the first command, and the
// client reuses the memory of commands that succeeded.
type op = func(ctx context.Context, again bool) rueidis.RedisResult

const (
	timeout = 3 * time.Second // the limit for one operation
	// An inline read without a deadline has no timer. If Redis sends nothing, the read
	// ends when the client closes the connection. If Redis answers, but later than
	// slow, the next reads get timers.
	slow = time.Second
	// maxInline is half the capacity of a connection's queue, so inline reads never
	// fill the queue.
	maxInline = 1 << queueScale / 2
	// Each node of a cluster can fail separately, and serves ranges of the 16384 slots.
	// So a part consists of 256 slots. The last part is for stores without a cluster.
	parts = 16384/256 + 1
)

// read runs a read of a key in the given slot. The read ends at begun plus timeout, at
// the latest.
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

// write runs an operation that must not be repeated after it was sent.
func (c *calls) write(ctx context.Context, write op) rueidis.RedisResult {
	reply, err := abandonable(ctx, time.Now().Add(timeout), connecting(write, false))
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	return reply
}

// connecting repeats an operation that failed with the error of an inline read. The
// client shares a failed connection attempt between operations, so any operation can
// get that error.
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

// abandonable runs f in a goroutine and returns the result of f. If ctx ends or the
// deadline passes first, it returns an error.
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
