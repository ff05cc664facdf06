package rueidisstore

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
)

// dials makes the connections of a client, and counts the connections in progress.
type dials struct{ pending atomic.Int32 }

// inlineContext is the context of an inline read. dial makes no connection for an
// inline read.
type inlineContext struct{ context.Context }

type inlineKey struct{}

func (c inlineContext) Value(key any) any {
	if key == (inlineKey{}) {
		return true
	}
	return c.Context.Value(key)
}

// errNotConnected is the error of an operation that was not sent because there was no
// connection.
var errNotConnected = errors.New("no connection")

// dial makes a connection. It is a rueidis.ClientOption.DialCtxFn.
func (d *dials) dial(ctx context.Context, addr string, dialer *net.Dialer, config *tls.Config) (conn net.Conn, err error) {
	if ctx.Value(inlineKey{}) != nil {
		return nil, errNotConnected
	}
	d.pending.Add(1)
	if config != nil {
		conn, err = (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, "tcp", addr)
	} else {
		conn, err = dialer.DialContext(ctx, "tcp", addr)
	}
	if err != nil {
		d.pending.Add(-1)
		return nil, err
	}
	return &dialedConn{Conn: conn, dials: d}, nil
}

// dialedConn counts as pending until Redis has replied. Until the first reply, all
// operations that need the connection wait in the client.
type dialedConn struct {
	net.Conn
	dials *dials
	made  atomic.Bool
}

func (c *dialedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.done()
	return n, err
}

func (c *dialedConn) Close() error {
	c.done()
	return c.Conn.Close()
}

func (c *dialedConn) done() {
	if !c.made.Load() && c.made.CompareAndSwap(false, true) {
		c.dials.pending.Add(-1)
	}
}
