package wxapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// The classes of failures, for errors.Is. A failure that WeChat reported is an
// *Error, and belongs to a class by its errcode or HTTP status.
var (
	// ErrBusy reports that WeChat is busy (-1) and stayed so over the
	// repetitions.
	ErrBusy = errors.New("WeChat is busy")
	// ErrUnavailable reports that no reply came in time, that no connection
	// was possible, that too many calls wait already, or that WeChat's front
	// end answered 429, 502, 503 or 504.
	ErrUnavailable = errors.New("WeChat is unavailable")
	// ErrBadReply reports a reply that is not what the documentation
	// promises, such as an unknown errcode.
	ErrBadReply = errors.New("unexpected reply from WeChat")
	// ErrInvalidCode reports a code that is wrong, expired, used, or another
	// app's.
	ErrInvalidCode = errors.New("invalid code")
	// ErrOutcomeUnknown comes with ErrInvalidCode. WeChat refused the code as
	// used, and an earlier attempt of the same call, whose reply was lost, may
	// have used it.
	ErrOutcomeUnknown = errors.New("outcome of an earlier attempt unknown")
	// ErrUserBlocked reports that WeChat blocks the login of a high-risk user,
	// or that the user's account is limited.
	ErrUserBlocked = errors.New("user blocked by WeChat")
	// ErrSessionKeyInvalid reports that a session_key is not the user's live
	// one.
	ErrSessionKeyInvalid = errors.New("session_key expired or replaced")
	// ErrRateLimited reports too many calls, in this minute (45011) or today
	// (45009).
	ErrRateLimited = errors.New("rate limited by WeChat")
	// ErrMisconfigured reports a mistake that the operator mends, such as a
	// wrong AppSecret or an address that is not on the app's IP allowlist.
	ErrMisconfigured = errors.New("misconfigured")
	// ErrAccessToken reports an access token that is wrong or expired.
	ErrAccessToken = errors.New("access token refused by WeChat")
)

// errContextLost fails a call whose Options.Instrument made a context of its
// own: the innermost transport then finds no request to send.
var errContextLost = fmt.Errorf("%w: Options.Instrument must pass the request's context on", ErrMisconfigured)

// badReply returns an error of class ErrBadReply.
func badReply(why string) error { return fmt.Errorf("%w: %s", ErrBadReply, why) }

// unavailable returns an error of class ErrUnavailable. It keeps of a
// transport's error only what cannot hold a secret, because net/http's texts
// quote URLs and what the peer sent.
func unavailable(ctx context.Context, err error) error {
	var (
		errno syscall.Errno
		cert  *tls.CertificateVerificationError
		dns   *net.DNSError
		net   net.Error
	)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case errors.As(err, &errno):
		return fmt.Errorf("%w: %w", ErrUnavailable, errno)
	case errors.As(err, &cert):
		return fmt.Errorf("%w: its certificate is not trusted", ErrUnavailable)
	case errors.As(err, &dns):
		return fmt.Errorf("%w: its name was not resolved", ErrUnavailable)
	case errors.As(err, &net) && net.Timeout():
		return fmt.Errorf("%w: timeout", ErrUnavailable)
	}
	return fmt.Errorf("%w: the connection failed", ErrUnavailable)
}
