package stores

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/failure"
)

const redisTimeout = 3 * time.Second // for an operation

// do sends a command and waits for the reply.
func (r *Redis) do(ctx context.Context, command string, args ...any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	for {
		idle := r.pool.IdleCount() > 0
		reply, lost, err := r.try(ctx, command, args)
		// Redis closes all connections when it goes down, and the idle ones
		// show it only now. What was sent over them was not done, or can be
		// done again. A swap cannot: if it was done, the second try would
		// report that it was refused.
		again := lost && idle && command != "EVALSHA" && command != "EVAL"
		if !again || ctx.Err() != nil {
			return reply, err
		}
	}
}

// try reports whether the connection was lost.
func (r *Redis) try(ctx context.Context, command string, args []any) (reply any, lost bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	conn, err := r.pool.GetContext(ctx)
	if err != nil {
		if err == ctx.Err() {
			err = failure.New("waiting for a connection", err)
		}
		return nil, false, safeCause(err)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	timeout := time.Until(deadline)
	if timeout <= 0 {
		return nil, false, context.DeadlineExceeded
	}
	// DoContext would start a goroutine, and close the connection when the
	// context is cancelled.
	reply, err = redis.DoWithTimeout(conn, timeout, command, args...)
	if err != nil {
		return nil, conn.Err() != nil, safeCause(err)
	}
	return reply, false, nil
}

// safeCause returns err as package failure can describe it.
func safeCause(err error) error {
	if reply := redis.Error(""); errors.As(err, &reply) {
		return failure.ReplyOf(string(reply))
	}
	switch text := err.Error(); { // redigo exports none of these but ErrPoolExhausted
	case !strings.HasPrefix(text, "redigo: "):
	case strings.HasSuffix(text, "(possible server error or unsupported concurrent read by application)"):
		return failure.NotRedis
	case err == redis.ErrPoolExhausted:
		return failure.Text("the pool has no free connection")
	case text == "redigo: get on closed pool":
		return failure.Text("the store is closed")
	}
	return err
}
