package stores

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
)

// gets are the GET commands of a Redis. A few are under way at a time, each on a
// connection; those that come meanwhile wait until one is back, and are then
// sent together. Under load that is a fraction of the system calls, here and in
// Redis, and with little load nothing waits.
type gets struct {
	mu       sync.Mutex
	underWay int
	waiting  []*waitingGet
}

const (
	maxGets  = 8   // under way, alone or in a batch
	maxBatch = 128 // of what is sent together
)

type waitingGet struct {
	key      string
	deadline time.Time
	reply    chan getReply // has room for it
}

type getReply struct {
	value any
	err   error
}

// get returns Redis's reply to GET.
func (r *Redis) get(ctx context.Context, key string) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	w := r.gets.enter(ctx, key)
	if w == nil {
		defer r.nextGets()
		return r.exchange(ctx, true, func(conn redis.Conn, timeout time.Duration) (any, error) {
			return redis.DoWithTimeout(conn, timeout, "GET", key)
		})
	}
	select {
	case reply := <-w.reply:
		return reply.value, reply.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
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
	deadline, _ := ctx.Deadline()
	w := &waitingGet{key, deadline, make(chan getReply, 1)}
	g.waiting = append(g.waiting, w)
	return w
}

// nextGets is for one who has finished: what waits takes the place.
func (r *Redis) nextGets() {
	g := &r.gets
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), maxBatch)
	if n == 0 {
		g.underWay--
		return
	}
	batch := g.waiting[:n:n]
	if g.waiting = g.waiting[n:]; len(g.waiting) == 0 {
		g.waiting = nil
	}
	go func() {
		defer r.nextGets()
		r.getAll(batch)
	}()
}

// errPanic stands for a panic of the application's pool. In a goroutine of a
// batch it would end the process.
var errPanic = errors.New("making a connection panicked")

// getAll sends a batch and hands out the replies. Who has stopped waiting, at
// its deadline at the latest, does not look at its own.
func (r *Redis) getAll(batch []*waitingGet) {
	replies, err := []any(nil), errPanic
	defer func() {
		recover() // err says so already
		for i, w := range batch {
			reply := getReply{err: err}
			if err == nil {
				reply.value, reply.err = splitReply(replies[i])
			}
			w.reply <- reply
		}
	}()
	var last time.Time
	for _, w := range batch {
		if w.deadline.After(last) {
			last = w.deadline
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), last)
	defer cancel()
	replies, err = redis.Values(r.exchange(ctx, true, func(conn redis.Conn, timeout time.Duration) (any, error) {
		for _, w := range batch {
			if err := conn.Send("GET", w.key); err != nil {
				return nil, err
			}
		}
		return redis.DoWithTimeout(conn, timeout, "") // what was sent
	}))
}

// splitReply takes a reply out of several, where an error is one of the values.
func splitReply(reply any) (any, error) {
	if err, ok := reply.(redis.Error); ok {
		return nil, plainError(err)
	}
	return reply, nil
}
