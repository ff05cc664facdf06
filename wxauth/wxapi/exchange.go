package wxapi

import (
	"context"
	"errors"
	"time"
)

// exchange calls App.Exchange for a login code. The call needs a turn (see
// Options.MaxInFlight) and has a deadline, like a call to WeChat. If App.Exchange does
// not return when its context ends, the method exchange returns, but the turn stays taken
// until App.Exchange returns. If the turn were free earlier, logins would start more and
// more goroutines while App.Exchange hangs.
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
			o = outcome{err: functionError{"App.Exchange", err}}
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
