package rueidisstore

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// calls runs the reads and writes of single keys. Each read or write ends when its context
// ends, at the latest after about 3 seconds. The comment on maxInline describes an
// exception.
//
// A command waits in the rueidis client while the client connects, or while the queue of
// the connection is full because Redis does not answer. During this wait, the client
// sometimes does not notice that the context has ended. So a write runs in a new
// goroutine, and the caller stops waiting when the context ends. If a long wait is
// unlikely, a read can run in the goroutine of the caller. Such a read is called an inline
// read. A new goroutine with a channel and a timer for each inline read would reduce the
// throughput by a third. All other reads run like writes.
type calls struct {
	dials   *dials             // nil if the application made the client; then no read runs inline
	inline  atomic.Int32       // the number of inline reads that are running
	failing [parts]atomic.Bool // for each part (see parts): whether the last read got no reply or was slow
}

// op is a read or a write that can be called several times. The parameter again is false
// only in the first call. A read can be called again if it got no reply. A write can be
// called again only if it was not sent. Each call must use a new command: after a failure,
// the client may still be sending the old command, or may have reused its memory.
type op = func(ctx context.Context, again bool) rueidis.RedisResult

const (
	// timeout limits each operation on one key. AllCtx, Open and Ready use timeout too. An
	// inline read (see calls) has no timer. But if Redis stops answering, the client closes
	// the connection within 3 seconds, and this ends the read.
	timeout = 3 * time.Second
	// If a read takes longer than slow, the next read in the same part of the slots (see
	// parts) does not run inline (see calls).
	slow = time.Second
	// maxInline limits the number of running inline reads (see calls) to half the length of
	// the queue of a connection. So these reads alone cannot fill the queue. But other
	// operations can fill the queue while Redis does not answer. An inline read that waits
	// for a place in a full queue does not end with its context. It ends at the latest when
	// the client closes the connection, at most 3 seconds after Redis stopped answering.
	maxInline = 1 << queueScale / 2
	// A part is a range of 256 slots. A Redis Cluster has 16384 slots. Each master serves
	// ranges of slots, and one master can fail while the others work. So the field
	// calls.failing has one value for each part. An additional part is for stores without a
	// cluster.
	parts = 16384/256 + 1
)

// read executes a read operation for a key in the given slot, if possible in the goroutine
// of the caller. If the operation gets no reply there and ctx has not ended, it can run
// again in a new goroutine. The time limit counts from begun, for both runs together.
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

// mayInline reports whether a read is allowed to run in the goroutine of the caller. If
// mayInline returns true, it has added 1 to c.inline.
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

func (c *calls) write(ctx context.Context, write op) rueidis.RedisResult {
	reply, err := abandonable(ctx, time.Now().Add(timeout), connecting(write, false))
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	return reply
}

// connecting returns a function that repeats run while run fails with errNotConnected and
// the context has not ended. An inline read (see calls) fails with errNotConnected if it
// needs a new connection. Other operations that wait in the client for the same connection
// then fail with errNotConnected too.
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
// deadline passes first, abandonable returns an error, and f can continue in its
// goroutine.
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
