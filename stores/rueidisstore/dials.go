package rueidisstore

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
)

// dials opens the connections of a rueidis client. The field pending is the number of
// connections that wait for their first reply.
type dials struct{ pending atomic.Int32 }

// inlineContext is the context of an inline read: a read that runs in the goroutine of its
// caller. For such a read, dial opens no connection. A read that waits for a connection
// sometimes does not end when its context ends, so an inline read must not wait for a
// connection.
type inlineContext struct{ context.Context }

type inlineKey struct{}

func (c inlineContext) Value(key any) any {
	if key == (inlineKey{}) {
		return true
	}
	return c.Context.Value(key)
}

// errNotConnected means that an operation was not sent, because there was no
// connection.
var errNotConnected = errors.New("no connection")

// dial is the option DialCtxFn of the rueidis clients that the function connect makes.
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

// dialedConn subtracts 1 from dials.pending when its first Read returns or it is closed,
// whichever is first. Until then, all operations that need the connection wait in the
// rueidis client.
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
