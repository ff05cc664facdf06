package ready

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"example.com/wxlogin/stores/internal/failure"
)

// Protocol returns an error if the store uses TLS but the server at addr does not, or if
// the server uses TLS but the store does not. If Protocol cannot find out whether the
// server uses TLS, it returns nil. Protocol takes at most 700 ms and sends no secret.
func Protocol(ctx context.Context, addr string, useTLS bool) error {
	ctx, cancel := context.WithTimeout(ctx, 700*time.Millisecond)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	var speaks bool
	text := "redis at %s does not speak TLS: the URL must start with redis:// instead of rediss://"
	if useTLS {
		speaks = speaksPlainly(conn)
	} else {
		speaks = speaksTLS(ctx, conn)
		text = "redis at %s speaks TLS: the URL must start with rediss:// instead of redis://"
	}
	if !speaks {
		return nil
	}
	return Explain(failure.Text(fmt.Sprintf(text, addr)), "")
}

func speaksPlainly(conn net.Conn) bool {
	fmt.Fprint(conn, "PING\r\n")
	var b [1]byte
	n, _ := conn.Read(b[:])
	return n == 1 && (b[0] == '+' || b[0] == '-') // +PONG or an error such as -NOAUTH
}

func speaksTLS(ctx context.Context, conn net.Conn) bool {
	// The certificate does not matter, because this function sends no data after the
	// handshake.
	err := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx)
	// An alert, for example for a missing client certificate, also proves that the server
	// speaks TLS.
	var op *net.OpError
	return err == nil || errors.As(err, &op) && op.Op == failure.TLSAlert
}
