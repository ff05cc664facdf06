package stores

import (
	"context"
	"net"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/redisurl"
)

// redisConn is a connection with one deadline for a whole command. redigo itself has one
// timeout for writing a command and another timeout for reading the reply. So a command
// could take as long as both timeouts together.
type redisConn struct {
	redis.ConnWithTimeout
	net net.Conn
}

func (c redisConn) DoWithTimeout(timeout time.Duration, command string, args ...any) (any, error) {
	c.net.SetDeadline(time.Now().Add(timeout))
	return c.ConnWithTimeout.DoWithTimeout(timeout, command, args...)
}

// unlimited is a net.Conn that ignores redigo's deadlines. dialRedis and redisConn set
// the deadline of the net.Conn inside unlimited.
type unlimited struct{ net.Conn }

func (unlimited) SetReadDeadline(time.Time) error  { return nil }
func (unlimited) SetWriteDeadline(time.Time) error { return nil }

// dialRedis connects to Redis, sends the password if u contains one, and selects the
// database if it is not 0. ctx must have a deadline. If dialRedis has not finished at the
// deadline, it fails.
func dialRedis(ctx context.Context, u *redisurl.URL) (redis.Conn, error) {
	var netConn net.Conn
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		var err error
		if netConn, err = (&net.Dialer{}).DialContext(ctx, network, addr); err != nil {
			return nil, err
		}
		deadline, _ := ctx.Deadline()
		netConn.SetDeadline(deadline)
		return unlimited{netConn}, nil
	}
	conn, err := redis.DialContext(ctx, "tcp", u.Addrs[0],
		redis.DialContextFunc(dial),
		redis.DialUseTLS(u.TLS != nil),
		redis.DialTLSConfig(u.TLS),
		redis.DialTLSHandshakeTimeout(0), // no extra timeout: netConn already has the deadline of ctx
		redis.DialUsername(u.User),
		redis.DialPassword(u.Password),
		redis.DialDatabase(u.DB))
	if err != nil {
		return nil, failure.New("connecting to redis at "+u.Addrs[0], safeCause(err))
	}
	return redisConn{conn.(redis.ConnWithTimeout), netConn}, nil
}
