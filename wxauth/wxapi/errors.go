package wxapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// These errors are the classes of failures, for errors.Is. A failure that WeChat
// reported is an *Error. Its errcode or HTTP status determines its class.
var (
	// ErrBusy reports that WeChat was busy (errcode -1), also when the call was
	// repeated.
	ErrBusy = errors.New("WeChat is busy")
	// ErrUnavailable reports one of these failures: no reply came in time, no
	// connection was possible, too many calls were already waiting for a turn, or
	// WeChat's front end answered 429, 502, 503 or 504.
	ErrUnavailable = errors.New("WeChat is unavailable")
	// ErrBadReply reports a reply that differs from WeChat's documentation, such as
	// an unknown errcode.
	ErrBadReply = errors.New("unexpected reply from WeChat")
	// ErrInvalidCode reports a code that is wrong, expired, used, or another
	// app's.
	ErrInvalidCode = errors.New("invalid code")
	// ErrOutcomeUnknown always comes together with ErrInvalidCode. WeChat refused
	// the code because it was used. An earlier attempt of the same call may have
	// used the code, and the reply to that attempt was lost.
	ErrOutcomeUnknown = errors.New("outcome of an earlier attempt unknown")
	// ErrUserBlocked reports that WeChat blocks the login of a high-risk user,
	// or that the user's account is limited.
	ErrUserBlocked = errors.New("user blocked by WeChat")
	// ErrSessionKeyInvalid reports that a session_key is not the user's live
	// session_key.
	ErrSessionKeyInvalid = errors.New("session_key expired or replaced")
	// ErrRateLimited reports too many calls, in this minute (45011) or today
	// (45009).
	ErrRateLimited = errors.New("rate limited by WeChat")
	// ErrMisconfigured reports a mistake that the operator must fix, such as a
	// wrong AppSecret or an address that is not on the app's IP allowlist.
	ErrMisconfigured = errors.New("misconfigured")
	// ErrAccessToken reports an access token that is wrong or expired.
	ErrAccessToken = errors.New("access token refused by WeChat")
)

// errContextLost is the error of a call whose Options.Instrument replaced the
// request's context. The innermost transport then cannot find the request to send.
var errContextLost = fmt.Errorf("%w: Options.Instrument must pass the request's context on", ErrMisconfigured)

// badReply returns an error of class ErrBadReply.
func badReply(why string) error { return fmt.Errorf("%w: %s", ErrBadReply, why) }

// unavailable returns an error of class ErrUnavailable. It keeps only those parts
// of a transport's error that cannot contain a secret. The error texts of net/http
// quote URLs and data from the peer.
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
