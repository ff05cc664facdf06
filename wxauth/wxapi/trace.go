package wxapi

import (
	"context"
	"time"
)

// Trace follows one method call of a Client, such as one Code2Session. Put it
// into the call's context by WithTrace, and read its fields once the call has
// returned.
type Trace struct {
	// BeforeSend, if not nil, is called once, when the call has its turn and
	// right before its first attempt. An error drops the call: nothing is
	// sent, and the call returns that error, wrapped. A login that nobody waits
	// for any more is dropped so, and its code stays good.
	BeforeSend func() error

	// Attempts is how often the call was attempted: 0 if it was dropped or got
	// no turn.
	Attempts int

	// Waited is how long the call waited for its turn.
	Waited time.Duration

	// WeChat is how long the attempts took, from connecting to the end of the
	// reply. The time to obtain an access token is in neither duration.
	WeChat time.Duration

	asked bool // BeforeSend was called
}

type traceKey struct{}

// WithTrace returns a context whose next call of a Client fills in t. A Trace
// serves one call.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// traceOf returns the trace in ctx, or one that nobody reads.
func traceOf(ctx context.Context) *Trace {
	if t, _ := ctx.Value(traceKey{}).(*Trace); t != nil {
		return t
	}
	return new(Trace)
}

func (t *Trace) beforeSend() error {
	if t.asked || t.BeforeSend == nil {
		return nil
	}
	t.asked = true
	return t.BeforeSend()
}
