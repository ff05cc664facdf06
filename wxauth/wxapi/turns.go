package wxapi

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

var errTooManyWaiting = fmt.Errorf("%w: too many calls wait for their turn already", ErrUnavailable)

// turns limits the number of calls to WeChat and to App.Exchange that a Group has under way
// at the same time. A call takes a turn when it begins, and releases the turn when it
// ends. The default transport allows as many connections to a host as there are turns. A
// call with a turn therefore rarely waits for a free connection. Such a wait would leave
// less time for the attempt itself.
type turns struct {
	// This channel contains one element for each turn in use. Calls get turns in the order
	// of their arrival, because Go serves blocked senders in that order.
	taken   chan struct{}
	waiting atomic.Int64
}

func newTurns(n int) *turns { return &turns{taken: make(chan struct{}, n)} }

// take waits for a turn until limit has passed or ctx ends. If too many calls already
// wait, take fails immediately. If the error is nil, the caller must release the turn.
func (t *turns) take(ctx context.Context, limit time.Duration) error {
	select {
	case t.taken <- struct{}{}:
		return nil
	default:
	}
	defer t.waiting.Add(-1)
	if t.waiting.Add(1) > 4*int64(cap(t.taken)) {
		return errTooManyWaiting
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case t.taken <- struct{}{}:
		return nil
	case <-ctx.Done():
		return unavailable(ctx, nil)
	case <-timer.C:
		return fmt.Errorf("%w: no turn within %v", ErrUnavailable, limit)
	}
}

func (t *turns) release() { <-t.taken }

func (t *turns) awaited() bool { return t.waiting.Load() > 0 }
