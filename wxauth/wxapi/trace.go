package wxapi

import (
	"context"
	"time"
)

// Trace follows one method call of a Client, such as one Code2Session. Put the
// Trace into the call's context by WithTrace. Read the fields only after the call
// has returned.
type Trace struct {
	// BeforeSend, if not nil, is called once, when the call has its turn and
	// immediately before the first attempt. If BeforeSend returns an error, the
	// call is dropped. Nothing is then sent, and the call returns that error,
	// wrapped. Use BeforeSend to drop a login when no caller waits for it any more.
	// The code of a dropped login remains valid.
	BeforeSend func() error

	// Attempts is the number of attempts of the call. It is 0 if the call was
	// dropped or got no turn.
	Attempts int

	// Waited is how long the call waited for its turn.
	Waited time.Duration

	// WeChat is how long the attempts took, from connecting to the end of the
	// reply. Neither Waited nor WeChat includes the time to obtain an access token.
	WeChat time.Duration

	asked bool // BeforeSend was called
}

type traceKey struct{}

// WithTrace returns a context whose next call of a Client fills in t. A Trace
// serves one call.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// traceOf returns the trace in ctx. If ctx has no trace, it returns a new trace
// that nobody reads.
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
