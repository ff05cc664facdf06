package wxprom

import (
	"context"

	"example.com/wxlogin/wxauth"
)

// OnEvent records an event. Set wxauth.Config.OnEvent to this method. If you need the
// events for another purpose as well, set Config.OnEvent to a function of yours that calls
// this method. OnEvent does not wait for I/O.
func (r *Recorder) OnEvent(_ context.Context, e wxauth.Event) {
	outcome := r.outcomes.value(e.Outcome)
	switch e.Name {
	case wxauth.EventLogin:
		r.logins.WithLabelValues(outcome).Inc()
		r.login(e)
	case wxauth.EventRequest:
		r.refusals.WithLabelValues(outcome).Inc()
	default:
		r.operations.WithLabelValues(e.Name, outcome).Inc()
		r.revoked.Add(float64(e.Count))
	}
}

func (r *Recorder) login(e wxauth.Event) {
	asked := e.Attempts > 0
	if e.Outcome == wxauth.CodeInvalidRequest && !asked {
		return // most of these logins fail immediately, and would make the average duration too short
	}
	r.attempts.Add(float64(e.Attempts))
	r.duration.Observe(e.Duration.Seconds())
	r.local.Observe(max(0, e.Duration-e.Waited-e.WeChat).Seconds())
	// A LoginAs does not call WeChat, so it must not count as a login that waited 0 s.
	if asked || e.Waited > 0 {
		r.turnWait.Observe(e.Waited.Seconds())
	}
	if asked {
		r.wechat.Observe(e.WeChat.Seconds())
	}
}
