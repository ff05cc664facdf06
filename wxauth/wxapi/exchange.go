package wxapi

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// exchange trades a code by App.Exchange, with a turn and a deadline like a call
// of WeChat. A function that outlasts its context keeps its turn, or a dead
// gateway would pile up goroutines.
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
			recover() // o.err says so already; the value may hold anything
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

// exchangeError is an error of App.Exchange. Its text may quote a URL or a body
// with secrets in it, so it is not printed: what an *Error or an error class of
// this package says is enough, and of any other error its type is named. Unwrap
// keeps the error for errors.Is and errors.As.
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

// Is makes an error without a class one of ErrUnavailable.
func (e exchangeError) Is(target error) bool {
	return target == ErrUnavailable && classOf(e.err) == nil
}

// classOf returns the class of an error, or nil.
func classOf(err error) error {
	for _, class := range []error{ErrBusy, ErrUnavailable, ErrBadReply, ErrInvalidCode, ErrUserBlocked,
		ErrSessionKeyInvalid, ErrRateLimited, ErrMisconfigured, ErrAccessToken} {
		if errors.Is(err, class) {
			return class
		}
	}
	return nil
}
