package rueidisstore

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// calls runs the operations of a store. Each operation ends when its context ends, or
// after timeout.
//
// The client ignores the context until the command is in the queue of a connection.
// This can take a long time in three cases: the client is connecting, it waits for
// another operation that connects, or the queue is full because Redis does not answer.
// So calls runs an operation in a new goroutine, and the caller stops waiting when the
// context ends. The goroutine, its channel and its timer reduce the throughput by a
// third. If none of the three cases is likely, calls runs a read in the goroutine of
// the caller. Such a read is called an inline read.
type calls struct {
	dials   *dials // nil if the application made the client; then no read runs inline
	inline  atomic.Int32
	failing [parts]atomic.Bool // for each part: whether the last read failed or was slow
}

// op runs an operation. again means that the operation has run before. A read can run
// again after a failure. A write can run again only if it was not sent. Each run must
// build a new command, because a lost connection can still write the old command. The
// client also reuses the memory of commands that succeeded.
type op = func(ctx context.Context, again bool) rueidis.RedisResult

const (
	timeout = 3 * time.Second // the limit for one operation
	// An inline read gets no timer. If Redis stops answering, the client closes the
	// connection and the read fails. If Redis answers later than slow, the next read of
	// the part does not run inline.
	slow = time.Second
	// maxInline limits concurrent inline reads to half of the queue of a connection. So
	// inline reads alone cannot fill the queue. But other operations can fill the queue
	// just before an inline read enters it. Such a read ends only when the client closes
	// the connection, at most 3 seconds after Redis stopped answering.
	maxInline = 1 << queueScale / 2
	// A part is 256 of the 16384 slots of a Redis Cluster. Each node serves ranges of
	// slots and can fail alone. So calls records failures separately for each part. The
	// last part is for stores without a cluster.
	parts = 16384/256 + 1
)

// read runs a read of a key in the given slot. If an inline read fails, read runs it
// again in a goroutine. The read ends at begun plus timeout.
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

// mayInline reports whether a read may run inline. If it may, mayInline adds the read
// to c.inline.
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

// write runs an operation that can change a value. The operation runs again only if it
// was not sent.
func (c *calls) write(ctx context.Context, write op) rueidis.RedisResult {
	reply, err := abandonable(ctx, time.Now().Add(timeout), connecting(write, false))
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	return reply
}

// connecting repeats an operation that fails with errNotConnected. The cause of this
// error is always an inline read. But the client shares one connection attempt between
// several operations, so other operations can also fail with this error.
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
// deadline passes first, abandonable returns an error. In this case f continues in its
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
