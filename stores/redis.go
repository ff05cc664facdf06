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

// Redis is a session store in a single Redis server. Several processes of an application
// can share the sessions. A Redis store uses a pool of connections. Most operations send
// one command. All and AllCtx scan the whole database, and send up to two commands for
// about every thousand keys. The keys and values are the same as in scs/redisstore.
//
// # Requirements
//
// The server must run Redis 2.8 or newer. If the store logs in with a user name, the
// server must run Redis 6 or newer. The maxmemory-policy of the server must be noeviction.
// With another policy, the server can evict the list of a user's logins, and keep the
// sessions of these logins. The Revoke method of wxauth.Auth then does not find these
// sessions.
//
// If the server uses access control lists, the Redis user needs the commands GET, SET,
// DEL, EVAL and EVALSHA on the keys that start with the prefix:
//
//	ACL SETUSER app on >password ~scs:session:* +get +set +del +eval +evalsha
//
// The user also needs +select for a database other than 0, +ping for [Redis.Ping], and
// +scan and +mget for [Redis.AllCtx]. For some checks, [Redis.Ready] needs more commands:
// +info for the version of Redis, +time for the clock, and +info or +config|get for the
// maxmemory-policy.
//
// # Time
//
// A command ends after at most 3 seconds, or at the deadline of its context if that is
// earlier. Both limits include the wait for a connection. If the application made the
// pool, dialing and writing can take longer; see [NewRedis]. Canceling the context ends
// the wait for a free connection, but does not interrupt a command that was sent. To
// interrupt a command, the store would have to close the connection. A new connection
// usually costs more than the wait for the reply.
//
// A commit sends the remaining lifetime of the session. The server measures the lifetime
// with its own clock. So a session expires on time even if the clocks of the server and of
// the application differ.
//
// # Errors
//
// If the connection of a command breaks, and the pool had idle connections before the
// command, the store usually sends the command again over another connection. A connection
// usually breaks because the server closed it while it was idle. In rare cases the server
// executes the command twice. CompareAndSwapCtx does not send its command again, because
// the second swap can fail if the first one succeeded.
//
// All errors of the methods, except [ErrNotFound], implement [SafeError]. Their texts
// contain no keys, values or passwords. If the server replies with an error, the text
// quotes at most the first word of the reply, such as OOM or READONLY. An error of
// [Redis.Ready] can also name the refused command.
//
// All methods are safe for concurrent use.
type Redis struct {
	pool   *redis.Pool
	prefix string
	swap   string // the SHA-1 of the script of CompareAndSwapCtx

	// Only OpenRedis sets addr and useTLS. Ready uses them.
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

// NewRedis returns a store that uses the connections of a pool. The prefix of all keys
// is "scs:session:", as in redisstore.New. [OpenRedis] returns a store that makes its
// own connections.
//
// Set MaxActive and MaxIdle of the pool to the same number, and set Wait to true. With a
// small MaxIdle, the pool can dial new connections for every burst of requests. Without
// MaxActive, the number of connections has no limit. Without Wait, an operation fails if
// MaxActive connections are in use.
//
// The store cannot limit how long the Dial function of the pool takes, or how long
// sending a command takes. So give the connections a connect timeout and a write timeout.
// If Dial sends a password or selects a database, also set a read timeout.
func NewRedis(pool *redis.Pool) *Redis {
	return NewRedisWithPrefix(pool, layout.DefaultPrefix)
}

// NewRedisWithPrefix is like [NewRedis], with another prefix for all keys. Applications
// that share a database of a Redis server must use different prefixes. Otherwise one
// application can accept the tokens of another.
func NewRedisWithPrefix(pool *redis.Pool, prefix string) *Redis {
	return &Redis{pool: pool, prefix: prefix, swap: redis.NewScript(1, layout.CompareAndSwap).Hash()}
}

// Close closes the pool. Commands that were sent still finish. Operations that wait for
// a free connection, and all later operations, fail. Close always returns nil.
func (r *Redis) Close() error { return r.pool.Close() }

// Find does the same as FindCtx, without a context.
func (r *Redis) Find(key string) (value []byte, found bool, err error) {
	return r.FindCtx(context.Background(), key)
}

// FindCtx returns the value of a key. If found is false and err is nil, the key is absent.
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

// Commit does the same as CommitCtx, without a context.
func (r *Redis) Commit(key string, value []byte, expiry time.Time) error {
	return r.CommitCtx(context.Background(), key, value, expiry)
}

// CommitCtx sets the value and the expiry of a key. It rounds the time until expiry up to
// a full millisecond, and limits it to about 292 years. If expiry has passed, CommitCtx
// deletes the key. If ctx comes from [UpdateOnly] with the same key, and the key is absent,
// CommitCtx returns [ErrNotFound].
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

// Delete does the same as DeleteCtx, without a context.
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

// CompareAndSwapCtx implements [Swapper]. It runs a script in Redis. Redis keeps scripts
// in a cache, so CompareAndSwapCtx sends the hash of the script in place of its text. If
// the script is not in the cache, for example after a restart of Redis,
// CompareAndSwapCtx sends a second command with the text of the script.
func (r *Redis) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error) {
	args := []any{r.swap, 1, r.prefix + key, layout.Digest(old), "", new}
	if ttl := layout.TTL(expiry); ttl > 0 && new != nil {
		args[4] = ttl
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
