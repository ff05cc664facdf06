package stores

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/redisurl"
)

// The limits of a pool made by OpenRedis. Redis serves one command at a time,
// so more connections than keep it busy only cost memory; a request that finds
// them all in use waits its turn, which is much shorter than a dial.
const (
	redisConns = 64
	redisIdle  = 5 * time.Minute // then an idle connection is closed
)

// OpenRedis returns a store on the Redis at a URL, with its own connections: at
// most 64, kept for 5 minutes when idle. An operation that finds them in use
// waits for one. It does not connect yet: a server that cannot be reached is
// an error of the operations, each of which tries anew.
//
// The URL is one of
//
//	redis://user:password@host:6379/0
//	redis+sentinel://user:password@host1:26379,host2:26379/name/0
//
// where all but the scheme, the hosts and the name may be left out: the user
// (then :password@host), the password, the port and the number of the database.
// With rediss:// and rediss+sentinel:// all connections are encrypted, and the
// certificates of the servers are checked against the system's authorities.
//
// The second form asks Redis Sentinel at any of the hosts where the master of
// that name is, and asks again when a connection must be made. A server that
// does not say that it is a master is not used, and connections to the last
// master are dropped when there is a new one. The Sentinels are asked without a
// password, or with that of the URL's parameters sentinel_user and
// sentinel_password. What a master acknowledged but did not replicate before
// it failed is lost: a logout may be undone, a login may be gone.
//
// Errors do not contain the URL's password, nor the URL.
func OpenRedis(rawURL string) (*Redis, error) {
	u, err := redisurl.Parse(rawURL)
	if err == nil && u.Master == "" && len(u.Addrs) > 1 {
		err = errors.New("several hosts are for redis+sentinel://; for Redis Cluster there is package rueidisstore")
	}
	if err != nil {
		return nil, fmt.Errorf("opening redis: %w", err)
	}
	login := append(loginOptions(u.User, u.Password), redis.DialDatabase(u.DB))
	pool := &redis.Pool{
		DialContext: func(ctx context.Context) (redis.Conn, error) { return dialRedis(ctx, u.Addrs[0], u.TLS, login) },
		MaxActive:   redisConns,
		MaxIdle:     redisConns,
		IdleTimeout: redisIdle,
		Wait:        true,
	}
	if u.Master != "" {
		s := &sentinels{
			name:          u.Master,
			addrs:         u.Addrs,
			tls:           u.TLS,
			sentinelLogin: loginOptions(u.SentinelUser, u.SentinelPassword),
			masterLogin:   login,
		}
		pool.DialContext, pool.TestOnBorrow = s.dialMaster, s.usable
	}
	return NewRedis(pool), nil
}

func loginOptions(user, password string) []redis.DialOption {
	return []redis.DialOption{redis.DialUsername(user), redis.DialPassword(password)}
}

// dialRedis connects and logs in, before ctx ends.
func dialRedis(ctx context.Context, addr string, config *tls.Config, login []redis.DialOption) (redis.Conn, error) {
	// redigo gives each step a timeout of its own. So that all of them together
	// end in time, the connection is closed under them.
	var stop func() bool
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		stop = context.AfterFunc(ctx, func() { conn.Close() })
		return conn, nil
	}
	options := append([]redis.DialOption{
		redis.DialContextFunc(dial),
		redis.DialUseTLS(config != nil),
		redis.DialTLSConfig(config),
		redis.DialTLSHandshakeTimeout(redisTimeout),
		redis.DialReadTimeout(redisTimeout),
		redis.DialWriteTimeout(redisTimeout),
	}, login...)
	conn, err := redis.DialContext(ctx, "tcp", addr, options...)
	if stop != nil && !stop() {
		if err == nil {
			conn.Close()
		}
		return nil, fmt.Errorf("connecting to redis at %s: %w", addr, ctx.Err())
	}
	if err != nil {
		return nil, fmt.Errorf("connecting to redis at %s: %w", addr, plainError(err))
	}
	return conn, nil
}
