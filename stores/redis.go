package stores

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/layout"
)

// Redis is a session store in Redis 6.2 or newer, for applications of more than
// one process. Its keys and values are those of scs/redisstore, which it can
// take over from and hand back to at any time.
//
// Every operation is one command and one round trip, but All and AllCtx, which
// take two for every thousand keys or so. Under load, keys that are looked for
// at the same time share round trips. An operation ends when its context
// does: at its deadline, or after 3 seconds if that is sooner or there is none,
// with the time spent waiting for a connection included. A context that is
// cancelled stops an operation that waits for a connection; one that has been
// sent goes on until Redis replies, or is left to those it was sent with, so that
// clients who hang up do not cost connections.
//
// When Redis has closed a connection while it was idle, the operation goes on
// with another, unless it is a swap, which might be done twice. All other
// failures are returned, and say nothing of keys, values or passwords: of an
// error reply of Redis there is only the first word, such as OOM or READONLY.
//
// All methods may be called from many goroutines at once.
type Redis struct {
	pool *redis.Pool
	swap string // the hash of the script
	gets gets
}

var (
	_ scs.CtxStore         = (*Redis)(nil)
	_ scs.IterableStore    = (*Redis)(nil)
	_ scs.IterableCtxStore = (*Redis)(nil)
	_ Swapper              = (*Redis)(nil)
)

const redisTimeout = 3 * time.Second // for an operation

// NewRedis returns a store on the connections of a pool. See [OpenRedis] for a
// store that makes its own.
//
// The pool decides how many connections there are and how they are made. One
// with neither MaxActive and Wait nor a large MaxIdle dials for every burst of
// requests.
func NewRedis(pool *redis.Pool) *Redis {
	return &Redis{pool: pool, swap: redis.NewScript(1, layout.CompareAndSwap).Hash()}
}

// Close closes the pool. Operations in progress end, new ones fail.
func (r *Redis) Close() error {
	if err := r.pool.Close(); err != nil {
		return fmt.Errorf("closing the connections to redis: %w", err)
	}
	return nil
}

// Find is FindCtx without a context.
func (r *Redis) Find(key string) (value []byte, found bool, err error) {
	return r.FindCtx(context.Background(), key)
}

// FindCtx returns the value of a key. An error is never a key that is not
// there: found is true, or false, only if Redis said so.
func (r *Redis) FindCtx(ctx context.Context, key string) (value []byte, found bool, err error) {
	value, err = redis.Bytes(r.get(ctx, layout.Prefix+key))
	if err == redis.ErrNil {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("finding a session in redis: %w", err)
	}
	return value, true, nil
}

// Commit is CommitCtx without a context.
func (r *Redis) Commit(key string, value []byte, expiry time.Time) error {
	return r.CommitCtx(context.Background(), key, value, expiry)
}

// CommitCtx sets the value of a key and when it expires, to the millisecond.
// Under [UpdateOnly] it returns [ErrNotFound] if there is no such key.
func (r *Redis) CommitCtx(ctx context.Context, key string, value []byte, expiry time.Time) error {
	args := []any{layout.Prefix + key, value, "PXAT", layout.Expiry(expiry)}
	if IsUpdateOnly(ctx, key) {
		args = append(args, "XX")
	}
	reply, err := r.do(ctx, "SET", args...)
	if err != nil {
		return fmt.Errorf("committing a session to redis: %w", err)
	}
	if reply == nil {
		return ErrNotFound
	}
	return nil
}

// Delete is DeleteCtx without a context.
func (r *Redis) Delete(key string) error {
	return r.DeleteCtx(context.Background(), key)
}

// DeleteCtx removes a key. It does nothing if there is no such key.
func (r *Redis) DeleteCtx(ctx context.Context, key string) error {
	if _, err := r.do(ctx, "DEL", layout.Prefix+key); err != nil {
		return fmt.Errorf("deleting a session from redis: %w", err)
	}
	return nil
}

// CompareAndSwapCtx implements [Swapper].
func (r *Redis) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error) {
	args := []any{r.swap, 1, layout.Prefix + key, old != nil, old, "", new}
	if new != nil {
		args[5] = layout.Expiry(expiry)
	}
	reply, err := r.do(ctx, "EVALSHA", args...)
	if code := layout.ReplyCode(""); errors.As(err, &code) && code == "NOSCRIPT" {
		args[0] = layout.CompareAndSwap
		reply, err = r.do(ctx, "EVAL", args...)
	}
	swapped, err = redis.Bool(reply, err)
	if err != nil {
		return false, fmt.Errorf("swapping a value in redis: %w", err)
	}
	return swapped, nil
}

// All is AllCtx without a context.
func (r *Redis) All() (map[string][]byte, error) {
	return r.AllCtx(context.Background())
}

// AllCtx returns the values of all keys that were there, not expired, from
// beginning to end of the call, and perhaps some of those that were there for a
// part of it. The 3 seconds are for each command here.
func (r *Redis) AllCtx(ctx context.Context) (map[string][]byte, error) {
	all := make(map[string][]byte)
	for cursor := "0"; ; {
		var keys []any
		reply, err := redis.Values(r.do(ctx, "SCAN", cursor, "MATCH", layout.Prefix+"*", "COUNT", 1000))
		if err == nil {
			_, err = redis.Scan(reply, &cursor, &keys)
		}
		if err != nil {
			return nil, fmt.Errorf("listing the sessions in redis: %w", err)
		}
		if len(keys) > 0 {
			values, err := redis.Values(r.do(ctx, "MGET", keys...))
			if err != nil {
				return nil, fmt.Errorf("listing the sessions in redis: %w", err)
			}
			for i, value := range values {
				if value, ok := value.([]byte); ok {
					all[strings.TrimPrefix(string(keys[i].([]byte)), layout.Prefix)] = value
				}
			}
		}
		if cursor == "0" {
			return all, nil
		}
	}
}

// do sends a command and waits for the reply.
func (r *Redis) do(ctx context.Context, cmd string, args ...any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	return r.exchange(ctx, cmd != "EVALSHA" && cmd != "EVAL", func(conn redis.Conn, timeout time.Duration) (any, error) {
		return redis.DoWithTimeout(conn, timeout, cmd, args...)
	})
}

// exchange has send use a connection, before the deadline of the context. again
// tells that it may be done twice.
func (r *Redis) exchange(ctx context.Context, again bool, send func(redis.Conn, time.Duration) (any, error)) (any, error) {
	for {
		idle := r.pool.IdleCount() > 0
		reply, lost, err := r.try(ctx, send)
		// Redis closes all connections when it goes down, and those that
		// were idle then show it only now. What they were sent was not done,
		// or can be done again but for a swap, which must not be reported as
		// refused because it has been done before.
		if !lost || !idle || !again {
			return reply, err
		}
	}
}

// try reports whether the connection was lost, for a reason other than time.
func (r *Redis) try(ctx context.Context, send func(redis.Conn, time.Duration) (any, error)) (reply any, lost bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	conn, err := r.pool.GetContext(ctx)
	if err != nil {
		return nil, false, plainError(err)
	}
	defer conn.Close()
	// redigo's DoContext closes the connection when the context is cancelled,
	// and starts a goroutine. A timeout does as well as a deadline.
	deadline, _ := ctx.Deadline()
	timeout := time.Until(deadline)
	if timeout <= 0 {
		return nil, false, context.DeadlineExceeded
	}
	reply, err = send(conn, timeout)
	if err != nil {
		err = plainError(err)
		return nil, conn.Err() != nil && !errors.Is(err, context.DeadlineExceeded), err
	}
	return reply, false, nil
}

// plainError leaves nothing but the code of an error reply, and has what ran
// out of time say so in the way of contexts.
func plainError(err error) error {
	if e := redis.Error(""); errors.As(err, &e) {
		return layout.CodeOf(string(e))
	}
	if e := net.Error(nil); errors.As(err, &e) && e.Timeout() && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}
