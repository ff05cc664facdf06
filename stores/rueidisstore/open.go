package rueidisstore

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/layout"
	"example.com/wxlogin/stores/internal/ready"
	"example.com/wxlogin/stores/internal/redisurl"
)

// Options configures a Store. The zero value works.
type Options struct {
	// CacheFor is how long FindCachedCtx may reuse a value without asking Redis. If
	// Redis reports a change of the value, FindCachedCtx stops reusing it earlier. The
	// default is 0: FindCachedCtx always asks Redis. A negative value means 0. The package comment explains how
	// caching affects logouts. CacheFor only limits how long idle sessions stay in
	// memory, so a few minutes are a good choice.
	//
	// A cache takes up to 128 MiB for each server.
	CacheFor time.Duration
}

const (
	// After a connection has been idle for twice keepAlive, the client sends a PING. If
	// no reply arrives within silence, the client closes the connection.
	keepAlive = 500 * time.Millisecond
	silence   = 2 * time.Second

	queueScale = 12 // the queue of a connection holds 2^12 commands
)

// Open connects to the Redis server at a URL and returns a store. The URL has one of
// these forms:
//
//	redis://user:password@host:6379/0?prefix=shop:
//	redis://user:password@host1:6379,host2:6379
//	redis+sentinel://user:password@host1:26379,host2:26379/name/0
//
// Everything except the scheme, the hosts and the name may be omitted. See
// [stores.OpenRedis] for the parts of a URL and for characters that must be escaped.
// With rediss:// and rediss+sentinel:// all connections use TLS.
//
// In the second form, the hosts are nodes of a Redis Cluster. Open needs only one node
// that answers. The host in the first form may also be a node of a cluster.
//
// In the third form, the hosts are Sentinels, and name is their name for the master.
// The user and the password before the hosts are for the master. The parameters
// sentinel_user and sentinel_password are for the Sentinels.
//
// The parameter max_conns has no effect: the store needs only one connection to each
// server.
//
// If the store cannot use Redis, Open returns the same errors as [Store.Ready], which
// tell the operator what is wrong. No error contains the URL or its password.
func Open(rawURL string, options Options) (*Store, error) {
	u, err := redisurl.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("opening redis: %w", err)
	}
	d := new(dials)
	client, err := connect(u, options, d)
	if err != nil {
		return nil, failure.New("opening redis", err)
	}
	s := NewWithPrefix(client, u.Prefix, options)
	s.calls.dials = d
	s.addr, s.useTLS = u.Addrs[0], u.TLS != nil
	return s, nil
}

// New returns a store that uses the application's client. The prefix of all keys is
// "scs:session:", as in scs/redisstore.
//
// A store from New is slower than a store from Open: every operation runs in a
// goroutine, because the store cannot tell when the client connects. The options of the
// client determine how soon the client notices a lost connection, and how often the
// client retries reads.
//
// If CacheFor is set, the client must not have its cache disabled. The client must also
// close a silent connection within 4 seconds: ConnWriteTimeout plus twice
// Dialer.KeepAlive. Otherwise the store can find a login that it has ended itself.
func New(client rueidis.Client, options Options) *Store {
	return NewWithPrefix(client, layout.DefaultPrefix, options)
}

// NewWithPrefix is New with another prefix for all keys. Applications that share a
// Redis server must use different prefixes. Otherwise each application accepts the
// tokens of the others.
func NewWithPrefix(client rueidis.Client, prefix string, options Options) *Store {
	return &Store{
		client:   client,
		prefix:   prefix,
		cacheFor: max(options.CacheFor, 0),
		swap:     rueidis.NewLuaScript(layout.CompareAndSwap),
	}
}

// connect makes a client. Package ready makes its errors.
func connect(u *redisurl.URL, options Options, d *dials) (rueidis.Client, error) {
	o := rueidis.ClientOption{
		InitAddress:      u.Addrs,
		TLSConfig:        u.TLS,
		Username:         u.User,
		Password:         u.Password,
		SelectDB:         u.DB,
		DialCtxFn:        d.dial,
		ConnWriteTimeout: silence,
		DisableCache:     options.CacheFor <= 0,
		AlwaysPipelining: true, // otherwise the client changes its mode when the load changes
		DisableRetry:     true, // the client would retry even after the context has ended
		// One connection to each server. More commands then share a round trip, and
		// each command costs less: with two connections, a GET took 1.5 times the CPU
		// time.
		PipelineMultiplex: -1,
		RingScaleEachConn: queueScale,
	}
	o.Dialer.Timeout, o.Dialer.KeepAlive = silence, keepAlive
	if u.Master != "" {
		followSentinels(&o, u)
	}
	var client rueidis.Client
	done := make(chan struct{})
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	err := ready.Attempt(ctx, u.Addrs[0], u.TLS != nil, func() error {
		defer close(done)
		var err error
		if client, err = rueidis.NewClient(o); err != nil {
			return ready.Explain(openingCause(err, u), u.Prefix)
		}
		return nil
	})
	if err != nil {
		go func() {
			if <-done; client != nil {
				client.Close()
			}
		}()
		return nil, err
	}
	return client, nil
}
