package stores

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
)

// sentinels find the master of a name, and make connections to it.
//
// See https://redis.io/docs/latest/develop/reference/sentinel-clients/ for what
// is expected of a client: ask any Sentinel, connect, check the role, and begin
// anew whenever a connection is lost.
type sentinels struct {
	name          string
	addrs         []string
	tls           *tls.Config
	sentinelLogin []redis.DialOption
	masterLogin   []redis.DialOption

	good   atomic.Int64           // index of the address that answered last
	master atomic.Pointer[string] // where connections were made to last
}

// masterConn is a connection to what was the master when it was made.
type masterConn struct {
	redis.Conn
	addr    string
	demoted error
}

// Err makes the pool drop the connection when it is used no more.
func (c *masterConn) Err() error {
	if c.demoted != nil {
		return c.demoted
	}
	return c.Conn.Err()
}

func (c *masterConn) DoWithTimeout(timeout time.Duration, cmd string, args ...any) (any, error) {
	reply, err := redis.DoWithTimeout(c.Conn, timeout, cmd, args...)
	if e, ok := err.(redis.Error); ok && strings.HasPrefix(string(e), "READONLY") {
		c.demoted = err
	}
	return reply, err
}

func (c *masterConn) ReceiveWithTimeout(timeout time.Duration) (any, error) {
	return redis.ReceiveWithTimeout(c.Conn, timeout)
}

// usable drops idle connections to a master that has been replaced. It may be
// alive and not know yet that it is no master any more.
func (s *sentinels) usable(conn redis.Conn, _ time.Time) error {
	if c, ok := conn.(*masterConn); !ok || c.addr != *s.master.Load() {
		return errors.New("the master has changed")
	}
	return nil
}

func (s *sentinels) dialMaster(ctx context.Context) (redis.Conn, error) {
	var errs []error
	first := int(s.good.Load())
	for i := range s.addrs {
		n := (first + i) % len(s.addrs)
		conn, err := s.dialMasterOf(ctx, s.addrs[n], len(s.addrs)-i)
		if err == nil {
			s.good.Store(int64(n))
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("finding the redis master: %w", errors.Join(errs...))
}

// dialMasterOf asks one Sentinel, and leaves time for the others if there are
// some left to be asked.
func (s *sentinels) dialMasterOf(ctx context.Context, sentinel string, left int) (redis.Conn, error) {
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithTimeout(ctx, time.Until(deadline)/time.Duration(left))
	defer cancel()

	conn, err := dialRedis(ctx, sentinel, s.tls, s.sentinelLogin)
	if err != nil {
		return nil, err
	}
	reply, err := redis.Strings(doBefore(ctx, conn, "SENTINEL", "get-master-addr-by-name", s.name))
	conn.Close()
	if err == redis.ErrNil {
		return nil, fmt.Errorf("the sentinel at %s knows no master of that name", sentinel)
	}
	if err == nil && len(reply) != 2 {
		err = errors.New("not an address")
	}
	if err != nil {
		return nil, fmt.Errorf("asking the sentinel at %s: %w", sentinel, err)
	}
	addr := net.JoinHostPort(reply[0], reply[1])

	if conn, err = dialRedis(ctx, addr, s.tls, s.masterLogin); err != nil {
		return nil, err
	}
	role, err := redis.Values(doBefore(ctx, conn, "ROLE"))
	if err == nil && (len(role) == 0 || string(role[0].([]byte)) != "master") {
		err = errors.New("it is not a master")
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("asking redis at %s for its role: %w", addr, err)
	}
	s.master.Store(&addr)
	return &masterConn{Conn: conn, addr: addr}, nil
}

func doBefore(ctx context.Context, conn redis.Conn, cmd string, args ...any) (any, error) {
	deadline, _ := ctx.Deadline()
	reply, err := redis.DoWithTimeout(conn, max(time.Until(deadline), 1), cmd, args...)
	if err != nil {
		err = plainError(err)
	}
	return reply, err
}
