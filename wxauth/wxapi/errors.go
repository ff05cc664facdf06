package wxapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// These errors are the classes of failures. Test for them with errors.Is. If WeChat
// reported the failure by an errcode or an HTTP status, errors.As finds an *Error.
var (
	// ErrBusy reports that WeChat answered the last attempt of a call with errcode -1
	// (busy).
	ErrBusy = errors.New("WeChat is busy")
	// ErrUnavailable reports that the call got no reply from WeChat in time. For
	// example, the call got no turn (see Options.MaxInFlight), a connection failed, or
	// the caller's context ended. This class also includes the HTTP statuses 429, 502,
	// 503 and 504. An error that App.Exchange, Options.AccessToken or
	// Platform.AccessToken returns is of this class if it is of no other class.
	ErrUnavailable = errors.New("WeChat is unavailable")
	// ErrBadReply reports a reply that this package does not expect. Examples are an
	// errcode that this package does not know, and HTTP status 500.
	ErrBadReply = errors.New("unexpected reply from WeChat")
	// ErrInvalidCode reports a code that is wrong, expired, used, or another app's
	// (errcodes 40029, 40163 and 42003). A code also becomes invalid when the user
	// changes the password (42007). For Client.PhoneNumber, the errcodes 40003 (another
	// user's code) and 40013 (another app's code) also have this class.
	ErrInvalidCode = errors.New("invalid code")
	// ErrOutcomeUnknown occurs together with ErrInvalidCode. WeChat refused the
	// code because it was used (40163), but an earlier request of the same call may
	// have used the code. No reply to that request arrived, or the reply was errcode
	// -1 (busy).
	ErrOutcomeUnknown = errors.New("outcome of an earlier attempt unknown")
	// ErrUserBlocked reports that WeChat blocks the login of a high-risk user
	// (40226), or that the user's account is limited (50002).
	ErrUserBlocked = errors.New("user blocked by WeChat")
	// ErrSessionKeyInvalid reports that a session_key is not the user's live
	// session_key (87007 or 87009).
	ErrSessionKeyInvalid = errors.New("session_key expired or replaced")
	// ErrRateLimited reports too many calls, either in this minute (45011) or on this
	// day (45009).
	ErrRateLimited = errors.New("rate limited by WeChat")
	// ErrMisconfigured reports a problem that the operator or a developer must fix, such
	// as a wrong AppSecret (40125) or a server whose IP address is not on the app's
	// allowlist (40164).
	ErrMisconfigured = errors.New("misconfigured")
	// ErrAccessToken reports an access token that is malformed (40014) or expired
	// (42001). For an access token that is wrong or not the newest (40001), the error is
	// ErrMisconfigured.
	ErrAccessToken = errors.New("access token refused by WeChat")
)

// errContextLost reports that the RoundTripper from Options.Instrument did not pass on the
// request's context. Without this context, the request cannot be sent to WeChat, because
// the context contains the func that sends it.
var errContextLost = fmt.Errorf("%w: Options.Instrument must pass the request's context on", ErrMisconfigured)

func badReply(why string) error { return fmt.Errorf("%w: %s", ErrBadReply, why) }

// unavailable returns an error of class ErrUnavailable. The returned error keeps only
// those parts of err that cannot contain a secret. The error texts of net/http can
// quote URLs and data from the peer.
func unavailable(ctx context.Context, err error) error {
	cause := ctx.Err()
	if cause == nil {
		cause = safeCause(err)
	}
	if cause == nil {
		cause = errors.New("the connection failed")
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, cause)
}

// safeCause returns the cause of a failed connection, or nil if err contains no cause whose
// text is known to be without secrets.
func safeCause(err error) error {
	var (
		errno   syscall.Errno
		cert    *tls.CertificateVerificationError
		dns     *net.DNSError
		network net.Error
	)
	switch {
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &cert):
		return errors.New("its certificate is not trusted")
	case errors.As(err, &dns):
		return errors.New("its name was not resolved")
	case errors.As(err, &network) && network.Timeout():
		return errors.New("timeout")
	}
	return nil
}
