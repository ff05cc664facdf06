// Package failure defines error types for the Redis stores. The texts of these errors
// contain no key, value, password or URL, so package wxauth can log the texts.
package failure

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// Error reports that an operation of a store failed. The text of an Error contains no
// secret. But the text of the cause can contain a secret, so do not log the cause.
type Error struct {
	doing string
	cause error
}

// New returns an Error. The parameter doing names the failed operation, as in "finding a
// session in redis".
func New(doing string, cause error) *Error { return &Error{doing, cause} }

func (e *Error) Error() string { return e.doing + ": " + Describe(e.cause) }

// SafeError implements stores.SafeError.
func (e *Error) SafeError() string { return e.Error() }

// Unwrap returns the cause, and also context.DeadlineExceeded if the cause is a timeout.
func (e *Error) Unwrap() []error {
	if timedOut(e.cause) {
		return []error{context.DeadlineExceeded, e.cause}
	}
	return []error{e.cause}
}

// Text is an error without a cause. A Text must not contain a secret.
type Text string

func (t Text) Error() string { return string(t) }

// SafeError implements stores.SafeError.
func (t Text) SafeError() string { return string(t) }

// TLSAlert is the Op of the net.OpError that crypto/tls returns when the server sends
// an error alert (RFC 8446, section 6.2). The Err of this net.OpError is the number of the
// alert, one byte, so the text of Err contains no secret.
const TLSAlert = "remote error"

// NotRedis reports that the server's reply does not follow the protocol of Redis.
const NotRedis Text = "the server does not speak the protocol of redis"

// Describe describes err in a text without secrets. If Describe does not know the kind of
// err, the text is the Go type of err.
func Describe(err error) string {
	var (
		safe   interface{ SafeError() string }
		reply  Reply
		dns    *net.DNSError
		record tls.RecordHeaderError
		cert   *tls.CertificateVerificationError
		op     *net.OpError
		errno  syscall.Errno
	)
	switch {
	case errors.As(err, &safe):
		return safe.SafeError()
	case errors.As(err, &reply):
		return reply.Error()
	case errors.As(err, &dns):
		return fmt.Sprintf("the host name %s cannot be resolved", dns.Name)
	case errors.As(err, &cert):
		return "the certificate of redis is not trusted: " + cert.Err.Error()
	case errors.As(err, &record):
		return "redis did not answer in TLS"
	case errors.As(err, &op) && op.Op == TLSAlert:
		return "redis refused TLS: " + op.Err.Error()
	case errors.Is(err, context.Canceled):
		return context.Canceled.Error()
	case errors.As(err, &op) && op.Op == "dial" && op.Addr != nil:
		return fmt.Sprintf("dialing %s: %s", op.Addr, describeNet(err))
	case errors.As(err, &errno), timedOut(err):
		return describeNet(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "redis closed the connection"
	case errors.Is(err, net.ErrClosed):
		return "the connection is closed"
	}
	return fmt.Sprintf("%T", err)
}

func describeNet(err error) string {
	var errno syscall.Errno
	switch {
	case timedOut(err):
		return "timed out"
	case errors.As(err, &errno):
		return errno.Error()
	}
	return "failed"
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
