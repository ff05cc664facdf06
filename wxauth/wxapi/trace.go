package wxapi

import (
	"context"
	"time"
)

// Trace measures one method call of a Client, such as one Code2Session. It can also
// drop the call. Client.AccessToken ignores the Trace. Put the Trace into the call's
// context by WithTrace. Read the fields only after the call has returned.
type Trace struct {
	// BeforeSend, if not nil, is called at most once, immediately before the first
	// attempt (see Attempts). The call has its turn by that time (see
	// Options.MaxInFlight). If BeforeSend returns an error, the call makes no attempt and
	// returns that error, wrapped. Use BeforeSend to drop a login when no caller waits for
	// it any more. The code of a dropped login is not sent to WeChat, so the code is not
	// used up.
	BeforeSend func() error

	// Attempts is the number of attempts of the call. An attempt is one HTTP request to
	// WeChat or one call of App.Exchange. A failed connection counts as an attempt. A
	// repetition by net/http itself does not count, nor does the fetch of an access token.
	// Attempts is 0 if the call failed before its first attempt, for example because
	// BeforeSend returned an error or the call got no turn.
	Attempts int

	// Waited is how long the call waited for turns (see Options.MaxInFlight). A call
	// that is repeated with another access token needs a second turn.
	Waited time.Duration

	// WeChat is the total duration of the attempts (see Attempts), each from connecting
	// to the end of the reply. For a Code2Session by App.Exchange, the field WeChat is how
	// long Code2Session waited for App.Exchange. The fields Waited and WeChat do not
	// include the time to obtain an access token.
	WeChat time.Duration

	asked bool // BeforeSend was called
}

type traceKey struct{}

// WithTrace returns a context that contains t. The next call of a Client with this
// context fills in t. Client.AccessToken ignores t. Use a Trace for one call only.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

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
