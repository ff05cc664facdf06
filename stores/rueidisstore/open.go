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

// Options configures a Store. The zero value is a good choice.
type Options struct {
	// CacheFor is how long FindCachedCtx uses a value again without asking
	// Redis, unless Redis reports before that it has changed. The default, 0, is
	// to ask every time. The package comment says what caching means for
	// logouts. CacheFor limits nothing but the memory of sessions that have
	// become idle, so some minutes are a good choice.
	//
	// A cache takes up to 128 MiB for each server.
	CacheFor time.Duration
}

const (
	// The client asks a connection that has been idle for two of these for a
	// sign of life. It gives the connection up if there is none for silence.
	keepAlive = 500 * time.Millisecond
	silence   = 2 * time.Second

	queueScale = 12 // the queue of a connection holds 2^12 commands
)

// Open connects to the Redis at a URL and returns a store on it. The URL has one of the
// forms
//
//	redis://user:password@host:6379/0?prefix=shop:
//	redis://user:password@host1:6379,host2:6379
//	redis+sentinel://user:password@host1:26379,host2:26379/name/0
//
// where all but the scheme, the hosts and the name may be omitted. See
// [stores.OpenRedis] for its parts and for characters that must be escaped. With
// rediss:// and rediss+sentinel:// all connections use TLS.
//
// In the second form, the hosts are nodes of a Redis Cluster. One that answers is
// enough. The host of the first form may be a node too.
//
// In the third form, the hosts are Sentinels that know the master by that name. The
// parameters sentinel_user and sentinel_password are for the Sentinels; the user and the
// password are for the master.
//
// The parameter max_conns has no effect: the store needs one connection to a server.
//
// If Redis cannot be used, the error tells the operator what is wrong, in the words of
// [Store.Ready]. No error contains the URL or its password.
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

// New returns a store on a client that the application made, under the prefix
// "scs:session:" of scs/redisstore.
//
// Such a store is slower than one that Open made: every operation runs in a goroutine,
// because the store does not know when the client connects. How soon a lost connection
// is noticed, and how often reads are tried, is up to the options of the client.
//
// If CacheFor is set, the client must not have its cache disabled, and must give a silent
// connection up within 4 seconds: ConnWriteTimeout and two of Dialer.KeepAlive together.
// Otherwise a login can be found that this store has ended.
func New(client rueidis.Client, options Options) *Store {
	return NewWithPrefix(client, layout.DefaultPrefix, options)
}

// NewWithPrefix is New with another prefix of all keys. Applications that share a Redis
// must differ in their prefixes, or each accepts the tokens of the others.
func NewWithPrefix(client rueidis.Client, prefix string, options Options) *Store {
	return &Store{
		client:   client,
		prefix:   prefix,
		cacheFor: options.CacheFor,
		swap:     rueidis.NewLuaScript(layout.CompareAndSwap),
	}
}

// connect makes a client. Its errors are from package ready.
func connect(u *redisurl.URL, options Options, d *dials) (rueidis.Client, error) {
	o := rueidis.ClientOption{
		InitAddress:      u.Addrs,
		TLSConfig:        u.TLS,
		Username:         u.User,
		Password:         u.Password,
		SelectDB:         u.DB,
		DialCtxFn:        d.dial,
		ConnWriteTimeout: silence,
		DisableCache:     options.CacheFor == 0,
		AlwaysPipelining: true, // saves a change of mode when the load changes
		DisableRetry:     true, // it would go on past the end of a context
		// One connection to a server. The more commands share a round trip, the
		// less each of them costs: with two connections a GET took 1.5 times the
		// CPU time.
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
