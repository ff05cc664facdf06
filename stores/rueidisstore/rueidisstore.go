// Package rueidisstore keeps scs sessions in Redis 6.2 or newer through
// github.com/redis/rueidis: in a Redis Cluster, in a single Redis, or behind
// Redis Sentinel. Requests that come at the same time share connections and
// round trips. If asked to, it answers repeated reads from its own memory, and
// Redis tells it what has changed.
//
// Keys and values are those of stores.Redis and of scs/redisstore, so an
// application can change from one to another while instances of both run.
//
// # Cached reads
//
// With [Options].CacheFor a session that is read again is not asked for again:
// a request of a logged-in user costs no round trip. Redis remembers which
// connection has read which key, and sends word when it is changed, deleted or
// expires. So a logout on one instance ends the session on the others as soon
// as that word arrives, which is a matter of about a millisecond, and not at
// the moment that the logout is answered. What an instance wrote itself, it
// reads from Redis for the next seconds.
//
// If a connection is lost, everything that was read through it is forgotten.
// An instance notices that at once when the connection is closed, and after at
// most 3 seconds when Redis does not answer any more, be it hung or cut off.
// Until then sessions that it has read lately are answered from memory, and a
// logout on another instance may not have reached it. An instance for which 3
// seconds are too long must not cache.
package rueidisstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/rueidis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/layout"
	"example.com/wxlogin/stores/internal/redisurl"
)

// Options are what a Store may do beyond the usual. The zero value is a good
// choice.
type Options struct {
	// CacheFor is how long a value that was read is used again without asking
	// Redis, unless Redis says before that it has changed. The default, 0, is
	// to ask every time. The package comment says what caching means for
	// logouts; the time limits nothing but the memory of sessions that have
	// become idle, so some minutes are a good choice.
	//
	// A cache takes up to 128 MiB for each of the 4 connections to a server.
	CacheFor time.Duration
}

// Store is a session store. Every operation is one command and one round trip
// that it may share with others, or none for a cached read; but for All and
// AllCtx, which take two for every thousand keys or so on each server.
//
// An operation ends when its context does, or after 3 seconds if that is sooner
// or there is no deadline. Reads are tried again within that time if a
// connection is lost. Errors say nothing of keys, values or passwords: of an
// error reply of Redis there is only the first word, such as OOM or READONLY.
//
// All methods may be called from many goroutines at once.
type Store struct {
	client      rueidis.Client
	cacheFor    time.Duration
	swap        *rueidis.Lua
	written     recent
	connections *connections
	watched     bool // connections knows of those of the client
}

var (
	_ scs.CtxStore         = (*Store)(nil)
	_ scs.IterableStore    = (*Store)(nil)
	_ scs.IterableCtxStore = (*Store)(nil)
	_ stores.Swapper       = (*Store)(nil)
)

const (
	timeout = 3 * time.Second // for an operation
	// A connection that has been idle for two of these is asked for a sign of
	// life, and is lost if there is none for as long as silence.
	keepAlive = 500 * time.Millisecond
	silence   = 2 * time.Second
	refresh   = time.Second // between questions to Sentinel
)

// Open connects to the Redis at a URL and returns a store on it. It fails if
// Redis cannot be reached. The URL is that of [stores.OpenRedis], or names
// nodes of a Redis Cluster, of which one that answers is enough:
//
//	redis://user:password@host1:6379,host2:6379
//
// A single host may be a node of a cluster too.
//
// Behind Sentinel, or in a cluster, a master that was replaced while it is still
// alive may answer reads for about a second more. What it acknowledged but did
// not replicate is lost: a logout may be undone, a login may be gone.
func Open(rawURL string, options Options) (*Store, error) {
	u, err := redisurl.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("opening redis: %w", err)
	}
	o := rueidis.ClientOption{
		InitAddress:      u.Addrs,
		TLSConfig:        u.TLS,
		Username:         u.User,
		Password:         u.Password,
		SelectDB:         u.DB,
		DisableCache:     options.CacheFor == 0,
		ConnWriteTimeout: silence,
	}
	var c connections
	o.DialCtxFn = c.dial
	o.Dialer.Timeout = silence
	o.Dialer.KeepAlive = keepAlive
	if u.Master != "" {
		o.Sentinel = rueidis.SentinelOption{
			MasterSet: u.Master,
			Dialer:    o.Dialer,
			TLSConfig: u.TLS,
			Username:  u.SentinelUser,
			Password:  u.SentinelPassword,
			// Word of a new master can come before the old one has
			// stepped down, or be missed.
			TopologyRefreshInterval: refresh,
		}
	}
	client, err := rueidis.NewClient(o)
	if err != nil {
		return nil, failure.New("opening redis", plainError(err))
	}
	s := New(client, options)
	s.connections, s.watched = &c, true
	return s, nil
}

// New returns a store on a client that the application has made. How soon a
// lost connection is noticed is up to the client's Dialer.KeepAlive and
// ConnWriteTimeout then.
func New(client rueidis.Client, options Options) *Store {
	return &Store{
		client:      client,
		cacheFor:    options.CacheFor,
		swap:        rueidis.NewLuaScript(layout.CompareAndSwap),
		connections: new(connections),
	}
}

// Close closes the client. It returns nil; it has an error to be an io.Closer.
func (s *Store) Close() error {
	s.client.Close()
	return nil
}

// Find is FindCtx without a context.
func (s *Store) Find(key string) (value []byte, found bool, err error) {
	return s.FindCtx(context.Background(), key)
}

// FindCtx returns the value of a key. An error is never a key that is not
// there: found is true, or false, only if Redis said so.
func (s *Store) FindCtx(ctx context.Context, key string) (value []byte, found bool, err error) {
	ctx, cancel, err := limit(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("finding a session in redis: %w", err)
	}
	defer cancel()
	get := s.client.B().Get().Key(layout.DefaultPrefix + key)
	cached := s.cacheFor > 0 && !s.written.has(key)
	read := func() rueidis.RedisResult {
		if cached {
			return s.client.DoCache(ctx, get.Cache(), s.cacheFor)
		}
		return s.client.Do(ctx, get.Build())
	}
	if cached && s.watched && s.connections.up() {
		value, err = read().AsBytes()
	} else {
		value, err = s.connections.inTime(ctx, read).AsBytes()
	}
	if rueidis.IsRedisNil(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, failure.New("finding a session in redis", plainError(err))
	}
	return value, true, nil
}

// Commit is CommitCtx without a context.
func (s *Store) Commit(key string, value []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), key, value, expiry)
}

// CommitCtx sets the value of a key and when it expires, to the millisecond.
// Under [stores.UpdateOnly] it returns [stores.ErrNotFound] if there is no such
// key.
func (s *Store) CommitCtx(ctx context.Context, key string, value []byte, expiry time.Time) error {
	updateOnly := stores.IsUpdateOnly(ctx, key)
	ctx, cancel, err := limit(ctx)
	if err != nil {
		return fmt.Errorf("committing a session to redis: %w", err)
	}
	defer cancel()
	set := s.client.B().Set().Key(layout.DefaultPrefix + key).Value(string(value))
	ttl := layout.TTL(expiry)
	var cmd rueidis.Completed
	switch {
	case ttl == 0:
		cmd = s.client.B().Del().Key(layout.DefaultPrefix + key).Build()
	case updateOnly:
		cmd = set.Xx().PxMilliseconds(ttl).Build()
	default:
		cmd = set.PxMilliseconds(ttl).Build()
	}
	defer s.written.add(key)
	result := s.connections.inTime(ctx, func() rueidis.RedisResult { return s.client.Do(ctx, cmd) })
	err = result.Error()
	if rueidis.IsRedisNil(err) {
		return stores.ErrNotFound
	}
	if err != nil {
		return failure.New("committing a session to redis", plainError(err))
	}
	if deleted, _ := result.AsInt64(); ttl == 0 && updateOnly && deleted == 0 {
		return stores.ErrNotFound
	}
	return nil
}

// Delete is DeleteCtx without a context.
func (s *Store) Delete(key string) error {
	return s.DeleteCtx(context.Background(), key)
}

// DeleteCtx removes a key. It does nothing if there is no such key.
func (s *Store) DeleteCtx(ctx context.Context, key string) error {
	ctx, cancel, err := limit(ctx)
	if err != nil {
		return fmt.Errorf("deleting a session from redis: %w", err)
	}
	defer cancel()
	defer s.written.add(key)
	del := s.client.B().Del().Key(layout.DefaultPrefix + key).Build()
	if err := s.connections.inTime(ctx, func() rueidis.RedisResult { return s.client.Do(ctx, del) }).Error(); err != nil {
		return failure.New("deleting a session from redis", plainError(err))
	}
	return nil
}

// CompareAndSwapCtx implements [stores.Swapper].
func (s *Store) CompareAndSwapCtx(ctx context.Context, key string, old, new []byte, expiry time.Time) (swapped bool, err error) {
	ctx, cancel, err := limit(ctx)
	if err != nil {
		return false, fmt.Errorf("swapping a value in redis: %w", err)
	}
	defer cancel()
	args := []string{"0", string(old), "", string(new)}
	if old != nil {
		args[0] = "1"
	}
	if ttl := layout.TTL(expiry); ttl > 0 && new != nil {
		args[2] = strconv.FormatInt(ttl, 10)
	}
	defer s.written.add(key)
	swapped, err = s.connections.inTime(ctx, func() rueidis.RedisResult {
		return s.swap.Exec(ctx, s.client, []string{layout.DefaultPrefix + key}, args)
	}).AsBool()
	if err != nil {
		return false, failure.New("swapping a value in redis", plainError(err))
	}
	return swapped, nil
}

// limit gives an operation its deadline, or says that its context has ended.
func limit(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	return ctx, cancel, nil
}

// plainError leaves nothing but the code of an error reply, and has what ran
// out of time say so in the way of contexts.
func plainError(err error) error {
	if reply, ok := rueidis.IsRedisErr(err); ok {
		return failure.ReplyOf(reply.Error())
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}
