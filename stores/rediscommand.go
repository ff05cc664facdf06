package stores

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/failure"
)

const redisTimeout = 3 * time.Second // Redis.do adds this timeout to its context

// do sends a command and returns the reply. It can send the command more than once.
func (r *Redis) do(ctx context.Context, command string, args ...any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	for {
		idle := r.pool.IdleCount() > 0
		reply, lost, err := r.try(ctx, command, args)
		// When Redis shuts down, it closes all connections. The pool can still return a
		// closed connection that was idle. Then r.try fails, and the loop tries another
		// connection. If the connection broke after Redis had executed the command, Redis
		// can execute the command twice. The loop does not repeat the script of
		// CompareAndSwapCtx: if the first swap succeeded, the second swap could report
		// that the value did not match.
		again := lost && idle && command != "EVALSHA" && command != "EVAL"
		if !again || ctx.Err() != nil {
			return reply, err
		}
	}
}

// try sends a command at most once. lost reports whether the command failed and its connection
// cannot be used any more.
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
	// redis.DoWithTimeout is better than redis.DoContext, because redis.DoContext starts a
	// goroutine for each command, and closes the connection when the context is canceled.
	reply, err = redis.DoWithTimeout(conn, timeout, command, args...)
	if err != nil {
		return nil, conn.Err() != nil, safeCause(err)
	}
	return reply, false, nil
}

// safeCause converts some errors of redigo to errors that failure.Describe can describe.
func safeCause(err error) error {
	if reply := redis.Error(""); errors.As(err, &reply) {
		return failure.ReplyOf(string(reply))
	}
	switch text := err.Error(); { // redigo exports no variables for most of these errors, so compare their texts
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
