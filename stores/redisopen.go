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
	redisIdle  = 5 * time.Minute // then an idle connection is closed
)

// OpenRedis returns a store on the Redis at a URL, with connections of its own. It
// does not connect yet: if the server cannot be reached, the operations fail, and
// each of them tries anew. [Redis.Ready] tells at once what is wrong.
//
// The URL has the form
//
//	redis://user:password@host:6379/0?prefix=shop:&max_conns=64
//
// where all but scheme and host may be omitted:
//
//   - With rediss:// the connections use TLS. The certificate of Redis is checked
//     against the authorities that the system trusts.
//   - A password without a user is written :password@host. In a user name and a
//     password, the characters # / ? @ % must be escaped, as %23 %2F %3F %40 %25.
//   - The port is 6379 and the database 0 by default.
//   - prefix precedes all keys, "scs:session:" by default. See [NewRedisWithPrefix].
//   - max_conns is the number of connections at most, 64 by default. Redis executes
//     one command at a time, so more connections seldom help. An operation that
//     finds all of them in use waits for one. An idle connection is closed after 5
//     minutes.
//
// OpenRedis refuses the URL of Redis Sentinel and a list of hosts: package
// rueidisstore is for Sentinel and Redis Cluster.
//
// No error contains the URL or its password.
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
