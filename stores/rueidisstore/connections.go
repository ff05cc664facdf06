package rueidisstore

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// connections tells whether a cached read may have to wait for a connection.
//
// The client does not look at the context of an operation while it connects, or
// while it waits for another that does. So operations run in a goroutine that
// can be left behind. That would take longer than a cached read itself, which
// needs no connection unless one was lost.
type connections struct {
	closed atomic.Int64 // how many were, ever
	seen   atomic.Int64 // how many were before an operation that worked
}

// dial is a rueidis.ClientOption.DialCtxFn.
func (c *connections) dial(ctx context.Context, addr string, dialer *net.Dialer, config *tls.Config) (conn net.Conn, err error) {
	if config != nil {
		conn, err = (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, "tcp", addr)
	} else {
		conn, err = dialer.DialContext(ctx, "tcp", addr)
	}
	if err != nil {
		return nil, err
	}
	return watchedConn{conn, c}, nil
}

type watchedConn struct {
	net.Conn
	connections *connections
}

func (w watchedConn) Close() error {
	w.connections.closed.Add(1)
	return w.Conn.Close()
}

// inTime does an operation and returns when ctx ends at the latest.
func (c *connections) inTime(ctx context.Context, operation func() rueidis.RedisResult) rueidis.RedisResult {
	closed := c.closed.Load()
	done := make(chan rueidis.RedisResult, 1)
	go func() { done <- operation() }()
	select {
	case result := <-done:
		if result.NonRedisError() == nil {
			c.seen.Store(closed)
		}
		return result
	case <-ctx.Done():
		return rueidis.NewErrorResult(ctx.Err())
	}
}

// up reports whether Redis has answered since a connection was lost last.
func (c *connections) up() bool { return c.closed.Load() == c.seen.Load() }
