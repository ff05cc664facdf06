package stores

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
)

// gets are the GET commands of a Redis. A few are under way at a time, each on a
// connection; those that come meanwhile wait until one is back, and are then
// sent together. Under load that is a fraction of the system calls, here and in
// Redis, and with little load nothing waits.
//
// Nobody depends on the others: who has waited for long, or is in a batch that
// failed for whatever reason, goes alone, as if there were no batches. Where a
// reply takes longer than maxWait, some keys are so asked for twice.
type gets struct {
	mu       sync.Mutex
	underWay int
	waiting  []*waitingGet
}

const (
	maxGets  = 8                     // under way, alone or in a batch
	maxBatch = 128                   // of what is sent together
	maxWait  = 50 * time.Millisecond // for a batch and its replies
)

type waitingGet struct {
	ctx   context.Context
	key   string
	gone  atomic.Bool
	reply chan getReply // has room for it
}

// getReply is what Redis has replied, if it has.
type getReply struct {
	value any
	ok    bool
}

// get returns Redis's reply to GET.
func (r *Redis) get(ctx context.Context, key string) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	if w := r.gets.enter(ctx, key); w == nil {
		defer r.nextGets()
	} else if reply, err := w.wait(); reply.ok || err != nil {
		return splitReply(reply.value, err)
	}
	return r.exchange(ctx, true, func(conn redis.Conn, timeout time.Duration) (any, error) {
		return redis.DoWithTimeout(conn, timeout, "GET", key)
	})
}

// enter returns nil if the caller may send its GET itself; nextGets comes after
// it then.
func (g *gets) enter(ctx context.Context, key string) *waitingGet {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.underWay < maxGets {
		g.underWay++
		return nil
	}
	w := &waitingGet{ctx: ctx, key: key, reply: make(chan getReply, 1)}
	g.waiting = append(g.waiting, w)
	return w
}

// wait returns what came of the batch, or nothing if it takes long. The error is
// that of the context.
func (w *waitingGet) wait() (reply getReply, err error) {
	long := time.NewTimer(maxWait)
	defer long.Stop()
	select {
	case reply = <-w.reply:
		return reply, nil
	case <-long.C:
	case <-w.ctx.Done():
		err = w.ctx.Err()
	}
	w.gone.Store(true)
	return getReply{}, err
}

// nextGets is for one who has finished: what waits takes the place.
func (r *Redis) nextGets() {
	g := &r.gets
	g.mu.Lock()
	defer g.mu.Unlock()
	var batch []*waitingGet
	for len(g.waiting) > 0 && len(batch) < maxBatch {
		if w := g.waiting[0]; !w.gone.Load() {
			batch = append(batch, w)
		}
		g.waiting = g.waiting[1:]
	}
	if len(g.waiting) == 0 {
		g.waiting = nil
	}
	if len(batch) == 0 {
		g.underWay--
		return
	}
	go func() {
		defer r.nextGets()
		r.getAll(batch)
	}()
}

// getAll sends a batch and hands out the replies.
func (r *Redis) getAll(batch []*waitingGet) {
	var replies []any
	defer func() {
		recover() // a panic of the application's pool is for who goes alone
		for i, w := range batch {
			if len(replies) == len(batch) {
				w.reply <- getReply{replies[i], true}
			} else {
				w.reply <- getReply{}
			}
		}
	}()
	// Longer than they wait, or a moment's pause of Redis would cost the connection.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(batch[0].ctx), redisTimeout)
	defer cancel()
	reply, _, err := r.try(ctx, func(conn redis.Conn, timeout time.Duration) (any, error) {
		for _, w := range batch {
			if err := conn.Send("GET", w.key); err != nil {
				return nil, err
			}
		}
		return redis.DoWithTimeout(conn, timeout, "") // what was sent
	})
	if err == nil {
		replies, _ = reply.([]any)
	}
}

// splitReply takes a reply out of several, where an error is one of the values.
func splitReply(reply any, err error) (any, error) {
	if e, ok := reply.(redis.Error); ok {
		return nil, plainError(e)
	}
	return reply, err
}
