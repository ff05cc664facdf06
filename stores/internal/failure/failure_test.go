package failure_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/internal/failure"
)

func TestError(t *testing.T) {
	const secret = "hunter2"
	addr := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 6379}
	tests := []struct {
		name  string
		cause error
		want  string
		is    error
	}{
		{"unknown kind", errors.New(secret), "*errors.errorString", nil},
		{"reply", failure.ReplyOf("ERR unknown command, with args beginning with: " + secret), "redis replied ERR", nil},
		{"wrapped reply", fmt.Errorf(secret+": %w", failure.ReplyOf("NOAUTH "+secret)), "redis replied NOAUTH", nil},
		{"text", failure.Text("the pool is closed"), "the pool is closed", nil},
		{"another failure", failure.New("connecting to redis", io.EOF), "connecting to redis: redis closed the connection", io.EOF},
		{"cancelled", context.Canceled, "context canceled", context.Canceled},
		{"deadline", context.DeadlineExceeded, "timed out", context.DeadlineExceeded},
		{"read timeout", &net.OpError{Op: "read", Addr: addr, Err: os.ErrDeadlineExceeded}, "timed out", context.DeadlineExceeded},
		{"dial timeout", &net.OpError{Op: "dial", Addr: addr, Err: os.ErrDeadlineExceeded}, "dialing 10.0.0.1:6379: timed out", context.DeadlineExceeded},
		{"refused", &net.OpError{Op: "dial", Addr: addr, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "dialing 10.0.0.1:6379: connection refused", syscall.ECONNREFUSED},
		{"dial of unknown kind", &net.OpError{Op: "dial", Addr: addr, Err: errors.New(secret)}, "dialing 10.0.0.1:6379: failed", nil},
		{"reset", &net.OpError{Op: "read", Addr: addr, Err: os.NewSyscallError("read", syscall.ECONNRESET)}, "connection reset by peer", syscall.ECONNRESET},
		{"host", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "redis.internal", IsNotFound: true}}, "the host name redis.internal cannot be resolved", nil},
		{"certificate", &tls.CertificateVerificationError{Err: errors.New("x509: certificate has expired")}, "the certificate of redis is not trusted: x509: certificate has expired", nil},
		{"no TLS", tls.RecordHeaderError{Msg: secret}, "redis did not answer in TLS", nil},
		{"TLS alert", &net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}, "redis refused TLS: tls: certificate required", nil},
		{"closed by redis", io.ErrUnexpectedEOF, "redis closed the connection", io.ErrUnexpectedEOF},
		{"closed here", net.ErrClosed, "the connection is closed", net.ErrClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var err error = failure.New("doing it", test.cause)
			var safe stores.SafeError
			if !errors.As(fmt.Errorf("outer: %w", err), &safe) {
				t.Fatal("it is no SafeError")
			}
			if want := "doing it: " + test.want; safe.SafeError() != want || err.Error() != want {
				t.Errorf("texts %q and %q, want %q", safe.SafeError(), err, want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("it is not %v", test.is)
			}
		})
	}
}
