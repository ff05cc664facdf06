package rueidisstore

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// calls runs the operations of a store. Each operation ends when its context ends, at the
// latest after timeout. The comment on maxInline describes an exception.
//
// Until a command is in the queue of a connection, the client may not notice that the
// context has ended. A command can wait long for the queue in three cases: the client
// connects for this command, the client waits because another operation connects, or the
// queue is full because Redis does not answer. So calls runs an operation in a new
// goroutine, and the caller stops waiting when the context ends. The goroutine, its
// channel and its timer reduce the throughput by a third. If none of the three cases is
// likely, calls runs a read in the goroutine of the caller. Such a read is called an
// inline read.
type calls struct {
	dials   *dials // nil if the application made the client; then no read runs inline
	inline  atomic.Int32
	failing [parts]atomic.Bool // for each part (see parts): the last read failed or was slow
}

// op runs an operation once. again is true if the operation has run before. A read can
// run again after a failure. A write can run again only if it was not sent. Each run must
// use a new command: after a failure, the client may still be sending the old command,
// or may have reused the memory of the old command.
type op = func(ctx context.Context, again bool) rueidis.RedisResult

const (
	timeout = 3 * time.Second // the limit for one operation
	// An inline read gets no timer. If Redis stops answering, the read fails when the
	// client closes the connection. If Redis answers an inline read later than slow, the
	// next read of the same part (see parts) does not run inline.
	slow = time.Second
	// maxInline limits concurrent inline reads to half of the queue of a connection. So
	// inline reads alone cannot fill the queue. But other operations can fill the queue
	// just before an inline read enters the queue. If Redis does not answer, this read
	// does not end with its context. It ends only when the client closes the connection,
	// at most 3 seconds after Redis stopped answering.
	maxInline = 1 << queueScale / 2
	// A part is a range of 256 of the 16384 slots of a Redis Cluster. Each node serves
	// ranges of slots, and one node can fail while the others work. So calls records
	// failures separately for each part. The last part is for stores without a cluster.
	parts = 16384/256 + 1
)

// read runs a read of a key in the given slot. If an inline read gets no reply and ctx has
// not ended, read runs it again in a goroutine. The time limit counts from begun, for
// both runs together.
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

// mayInline reports whether a read may run inline. If it returns true, it has added 1 to
// c.inline.
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

// connecting returns a function that runs an operation, and runs it again as long as it
// fails with errNotConnected and the context has not ended. Only a connection attempt of
// an inline read fails with errNotConnected. But operations that wait for this attempt in
// the client fail with the same error.
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
// deadline passes while f runs, abandonable returns an error, and f continues in its
// goroutine. If ctx has ended or the deadline has passed before, f does not run.
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
