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
	// CacheFor is how long FindCachedCtx can reuse a value without asking Redis.
	// FindCachedCtx asks Redis earlier if the value may have changed, for example after the
	// connection to Redis was lost. If CacheFor is 0, which is the default, or negative,
	// FindCachedCtx always asks Redis.
	//
	// A few minutes are a good choice. With a longer CacheFor, logouts do not take effect
	// later, because Redis tells the store when a cached value changes. The package comment
	// describes how caching affects logouts.
	//
	// The cache of a store from [Open] takes up to about 128 MiB of memory for each Redis
	// server.
	CacheFor time.Duration
}

const (
	// If the rueidis client receives nothing over a connection, it sends a PING after at
	// most twice this time.
	keepAlive = 500 * time.Millisecond
	// If a PING gets no reply within this time, the rueidis client closes the connection.
	silence = 2 * time.Second

	queueScale = 12 // each connection has a queue for 2^12 commands
)

// Open connects to Redis and returns a store. The parameter rawURL has one of these forms:
//
//	redis://user:password@host:6379/0?prefix=shop:
//	redis://user:password@host1:6379,host2:6379
//	redis+sentinel://user:password@host1:26379,host2:26379/name/0
//
// In the first form, everything after redis:// is optional. The third form requires a host
// and the name. See [stores.OpenRedis] for the parts of a URL and for characters that must
// be escaped. With rediss:// and rediss+sentinel://, the store uses TLS, also to the
// Sentinels. To find the cause of a failure, Open and Ready can also send a PING without
// TLS.
//
// In the second form, the hosts are nodes of a Redis Cluster. Open needs only one node
// that answers. The host in the first form can also be a node of a cluster.
//
// In the third form, the hosts are Sentinels, and name is the name of the master in the
// configuration of the Sentinels. The user and the password before the hosts are for
// the master. The URL parameters sentinel_user and sentinel_password are for the Sentinels.
//
// The URL parameter max_conns has no effect: the store needs only one connection to each
// server.
//
// If Open fails, the text of the error usually tells the operator what is wrong and how to
// fix it. The text contains neither the URL nor a password. [Store.Ready] checks more
// than Open.
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

// New returns a store that uses the given rueidis client. All keys start with
// "scs:session:", the default prefix of scs/redisstore.
//
// Reads through a store from New are usually slower than reads through a store from Open.
// While a rueidis client connects, it sometimes does not notice that the context of an
// operation has ended. A store from New cannot tell when its client connects. So the store runs every
// operation in a new goroutine, and stops waiting for the goroutine when the context
// ends. The options of the client determine how soon the client notices a lost
// connection, and how often the client retries reads.
//
// CacheFor has no effect if the client's option DisableCache is set. If CacheFor is
// positive, and Redis stops answering over a connection, the client must close this
// connection within 4 seconds. The client closes it after at most ConnWriteTimeout plus
// twice Dialer.KeepAlive. With the defaults of rueidis, this time is 12 seconds. If this
// time is more than 4 seconds, FindCachedCtx can find a session that the same store has
// deleted.
func New(client rueidis.Client, options Options) *Store {
	return NewWithPrefix(client, layout.DefaultPrefix, options)
}

// NewWithPrefix is like New, but all keys start with prefix. Applications that share a
// Redis database must use different prefixes. Otherwise an application can accept the
// tokens of another application.
func NewWithPrefix(client rueidis.Client, prefix string, options Options) *Store {
	return &Store{
		client:   client,
		prefix:   prefix,
		cacheFor: max(options.CacheFor, 0),
		swap:     rueidis.NewLuaScript(layout.CompareAndSwap),
	}
}

// connect returns a client that has connected to at least one server in the URL u.
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
		AlwaysPipelining: true, // by default, the client pipelines only concurrent commands
		DisableRetry:     true, // a retry by the client could start after the context has ended
		// With -1, the client opens only one connection to each server. So more commands
		// share a round trip, and each command takes less CPU time. With two connections,
		// a GET took 1.5 times the CPU time.
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
