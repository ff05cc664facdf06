package stores

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/layout"
)

// Redis is a session store in one Redis, for applications of more than one
// process. It sends one command per operation over a pool of connections, except
// for All and AllCtx, which send two for about a thousand keys. Keys and values
// are those of scs/redisstore.
//
// # Requirements
//
// Redis must be 2.8 or newer, 6 or newer if the URL names a user. It must run with
// the maxmemory-policy noeviction: under any other, Redis can drop a user record
// while that user's sessions live on, and then revoking them misses them. [Redis.Ready]
// reports another policy.
//
// A user of Redis's ACL needs the commands GET, SET, DEL, EVAL and EVALSHA on the
// keys that start with the prefix:
//
//	ACL SETUSER app on >password ~scs:session:* +get +set +del +eval +evalsha
//
// It needs +select for a database other than 0, +ping for [Redis.Ping], +scan and
// +mget for [Redis.AllCtx]. With +info and +time, or +config|get instead of
// +info before Redis 4, [Redis.Ready] checks more.
//
// # Time
//
// An operation ends at the deadline of its context, or after 3 seconds if that is
// sooner or there is no deadline. That includes the time spent waiting for a
// connection. Cancelling the context ends that wait, but does not interrupt a
// command that was already sent: closing the connection for every client that
// hangs up would cost more than waiting for the reply.
//
// Sessions expire by the clock of Redis, a given time after the commit. So the
// clocks of the machines may differ.
//
// # Errors
//
// If Redis has closed a connection while it was idle, the operation is tried again
// over another one, unless it is a swap, which might then be done twice. All other
// failures are returned. The errors are [SafeError]: their texts hold no keys,
// values or passwords, and of an error reply of Redis just the first word, such as
// OOM or READONLY.
//
// All methods may be called from many goroutines at once.
type Redis struct {
	pool   *redis.Pool
	prefix string
	swap   string // the hash of the script

	// Where the connections lead, if OpenRedis made the pool.
	addr   string
	useTLS bool
}

var (
	_ scs.CtxStore         = (*Redis)(nil)
	_ scs.IterableStore    = (*Redis)(nil)
	_ scs.IterableCtxStore = (*Redis)(nil)
	_ Swapper              = (*Redis)(nil)
	_ ReadyChecker         = (*Redis)(nil)
)

// NewRedis returns a store on the connections of a pool, under the prefix
// "scs:session:" of scs/redisstore. See [OpenRedis] for a store that makes its own
// connections.
//
// The pool decides how many connections there are and how they are made. A pool
// with neither MaxActive and Wait nor a large MaxIdle dials anew for every burst of
// requests. Its connections should have a write timeout.
func NewRedis(pool *redis.Pool) *Redis {
	return NewRedisWithPrefix(pool, layout.DefaultPrefix)
}

// NewRedisWithPrefix is NewRedis with another prefix of all keys, as in
// redisstore.NewWithPrefix. Applications that share a Redis must differ in their
// prefixes, or each accepts the tokens of the others.
func NewRedisWithPrefix(pool *redis.Pool, prefix string) *Redis {
	return &Redis{pool: pool, prefix: prefix, swap: redis.NewScript(1, layout.CompareAndSwap).Hash()}
}

// Close closes the pool. Operations in progress end; new ones fail. Its error is
// always nil.
func (r *Redis) Close() error { return r.pool.Close() }

// Find is FindCtx without a context.
func (r *Redis) Find(key string) (value []byte, found bool, err error) {
	return r.FindCtx(context.Background(), key)
}

// FindCtx returns the value of a key. found is false without an error only if
// Redis replied that the key is absent.
func (r *Redis) FindCtx(ctx context.Context, key string) (value []byte, found bool, err error) {
	value, err = redis.Bytes(r.do(ctx, "GET", r.prefix+key))
	if err == redis.ErrNil {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, failure.New("finding a session in redis", err)
	}
	return value, true, nil
}

// Commit is CommitCtx without a context.
func (r *Redis) Commit(key string, value []byte, expiry time.Time) error {
	return r.CommitCtx(context.Background(), key, value, expiry)
}

// CommitCtx sets the value of a key, and the time until it expires to the
// millisecond. If expiry has passed it deletes the key. Under [UpdateOnly] it
// returns [ErrNotFound] if the key is absent.
func (r *Redis) CommitCtx(ctx context.Context, key string, value []byte, expiry time.Time) error {
	updateOnly := IsUpdateOnly(ctx, key)
	command, args := "SET", []any{r.prefix + key, value, "PX", layout.TTL(expiry)}
	switch {
	case args[3] == int64(0):
		command, args = "DEL", args[:1]
	case updateOnly:
		args = append(args, "XX")
	}
	reply, err := r.do(ctx, command, args...)
	if err != nil {
		return failure.New("committing a session to redis", err)
	}
	if updateOnly && (reply == nil || reply == int64(0)) {
		return ErrNotFound
	}
	return nil
}

// Delete is DeleteCtx without a context.
func (r *Redis) Delete(key string) error {
	return r.DeleteCtx(context.Background(), key)
}

// DeleteCtx deletes a key. It does nothing if the key is absent.
func (r *Redis) DeleteCtx(ctx context.Context, key string) error {
	if _, err := r.do(ctx, "DEL", r.prefix+key); err != nil {
		return failure.New("deleting a session from redis", err)
	}
	return nil
}

// CompareAndSwapCtx implements [Swapper], by a script that it sends to Redis once.
func (r *Redis) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error) {
	args := []any{r.swap, 1, r.prefix + key, old != nil, old, "", new}
	if ttl := layout.TTL(expiry); ttl > 0 && new != nil {
		args[5] = ttl
	}
	reply, err := r.do(ctx, "EVALSHA", args...)
	if code := (failure.Reply{}); errors.As(err, &code) && code.Code == "NOSCRIPT" {
		args[0] = layout.CompareAndSwap
		reply, err = r.do(ctx, "EVAL", args...)
	}
	swapped, err = redis.Bool(reply, err)
	if err != nil {
		return false, failure.New("swapping a value in redis", err)
	}
	return swapped, nil
}
