package wxapi

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// exchange exchanges a code by App.Exchange. The call needs a turn and has a deadline,
// like a call to WeChat. If App.Exchange does not return when its context ends, the
// method exchange returns, but the turn stays taken until App.Exchange returns. If the
// turn were free earlier, calls to a dead gateway would start more and more goroutines.
func (c *Client) exchange(ctx context.Context, code string) (Session, error) {
	if c.err != nil {
		return Session{}, c.err
	}
	g, trace := c.group, traceOf(ctx)
	ctx, cancel := context.WithTimeout(WithTrace(ctx, nil), g.timeout)
	defer cancel()
	if err := g.begin(ctx, trace); err != nil {
		return Session{}, err
	}

	type outcome struct {
		session Session
		err     error
	}
	done := make(chan outcome, 1)
	begun := time.Now()
	go func() {
		o := outcome{err: errors.New("App.Exchange panicked")}
		defer func() {
			recover() // o.err reports the panic without its value, which may contain secrets
			g.turns.release()
			done <- o
		}()
		session, err := c.app().Exchange(ctx, code)
		if o = (outcome{session, nil}); err != nil {
			o = outcome{err: exchangeError{err}}
		}
	}()
	trace.Attempts++
	select {
	case o := <-done:
		trace.WeChat += time.Since(begun)
		return o.session, o.err
	case <-ctx.Done():
		trace.WeChat += time.Since(begun)
		return Session{}, unavailable(ctx, nil)
	}
}

// exchangeError wraps an error that App.Exchange returned. The text of the wrapped
// error may contain secrets, so exchangeError does not print this text. It prints only
// the *Error or the error class in the wrapped error. If the wrapped error contains no
// *Error and no class, exchangeError prints the type of the wrapped error.
type exchangeError struct{ err error }

func (e exchangeError) Error() string {
	var answer *Error
	if errors.As(e.err, &answer) {
		return "App.Exchange: " + answer.Error()
	}
	if class := classOf(e.err); class != nil {
		return "App.Exchange: " + class.Error()
	}
	return fmt.Sprintf("App.Exchange: %v: %T", ErrUnavailable, e.err)
}

func (e exchangeError) Unwrap() error { return e.err }

// Is gives an error without a class the class ErrUnavailable.
func (e exchangeError) Is(target error) bool {
	return target == ErrUnavailable && classOf(e.err) == nil
}

func classOf(err error) error {
	for _, class := range []error{ErrBusy, ErrUnavailable, ErrBadReply, ErrInvalidCode, ErrUserBlocked,
		ErrSessionKeyInvalid, ErrRateLimited, ErrMisconfigured, ErrAccessToken} {
		if errors.Is(err, class) {
			return class
		}
	}
	return nil
}
