package stores

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/redisurl"
)

const (
	redisConns = 64
	redisIdle  = 5 * time.Minute // the pool closes connections that were idle for longer
)

// OpenRedis returns a store in the Redis server at a URL. The store makes its own
// connections. OpenRedis itself does not connect. While the server cannot be reached,
// operations fail. Later operations try again to connect. To check the connection when the
// application starts, call [Redis.Ready].
//
// The URL has this form:
//
//	redis://user:password@host:6379/0?prefix=shop:&max_conns=64
//
// Everything after redis:// is optional. These are the rules for the parts of the URL:
//
//   - With rediss:// the connections use TLS. The certificate of the server must be valid
//     for the host, and must come from an authority that the system trusts.
//   - Write a password without a user as :password@host. In user names and passwords,
//     write the characters # / ? @ % as %23 %2F %3F %40 %25, and a space as %20. In a
//     user name, write : as %3A.
//   - The default host is localhost. The default port is 6379. The default database
//     is 0.
//   - The parameter "prefix" is the prefix of all keys. The default is "scs:session:".
//     See [NewRedisWithPrefix].
//   - The parameter "max_conns" is the maximum number of connections. The default is 64.
//     Redis executes one command at a time, so more connections rarely help. If all
//     connections are in use, an operation waits for a free connection. If a connection
//     is idle for 5 minutes, the next operation closes it.
//
// OpenRedis rejects Redis Sentinel URLs and lists of hosts. Use package rueidisstore
// for Redis Sentinel and Redis Cluster.
//
// The error texts of OpenRedis do not contain the URL or the password.
func OpenRedis(rawURL string) (*Redis, error) {
	u, err := redisurl.Parse(rawURL)
	if err == nil && (u.Master != "" || len(u.Addrs) > 1) {
		err = errors.New("stores.Redis connects to one Redis; for Redis Sentinel and Redis Cluster, open the URL with package rueidisstore")
	}
	if err != nil {
		return nil, fmt.Errorf("opening redis: %w", err)
	}
	conns := cmp.Or(u.MaxConns, redisConns)
	r := NewRedisWithPrefix(&redis.Pool{
		DialContext: func(ctx context.Context) (redis.Conn, error) { return dialRedis(ctx, u) },
		MaxActive:   conns,
		MaxIdle:     conns,
		IdleTimeout: redisIdle,
		Wait:        true,
	}, u.Prefix)
	r.addr, r.useTLS = u.Addrs[0], u.TLS != nil
	return r, nil
}
