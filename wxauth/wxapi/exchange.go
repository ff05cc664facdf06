package wxapi

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// exchange exchanges a code by App.Exchange. The call has a turn and a deadline,
// like a call to WeChat. If App.Exchange does not return when its context ends, it
// keeps its turn. Otherwise a dead gateway would cause more and more goroutines.
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
			recover() // o.err already reports the panic; the value may contain secrets
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

// exchangeError is an error of App.Exchange. The text of the wrapped error may
// quote a URL or a body with secrets, so exchangeError does not print that text.
// For an *Error or an error class of this package it prints that error's own text.
// For any other error it prints only the type. Unwrap returns the wrapped error for
// errors.Is and errors.As.
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

// classOf returns the class of err, or nil if err has no class.
func classOf(err error) error {
	for _, class := range []error{ErrBusy, ErrUnavailable, ErrBadReply, ErrInvalidCode, ErrUserBlocked,
		ErrSessionKeyInvalid, ErrRateLimited, ErrMisconfigured, ErrAccessToken} {
		if errors.Is(err, class) {
			return class
		}
	}
	return nil
}
