package wxprom

import (
	"context"

	"example.com/wxlogin/wxauth"
)

// OnEvent records an event. It is for wxauth.Config.OnEvent. If you need the events for
// another purpose as well, set Config.OnEvent to your own function, and call
// Recorder.OnEvent in this function. OnEvent does not wait for I/O. It ignores the context
// and the AppID, LoginID, ErrCode and RID of the event.
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

// login records the attempts and the durations of a login.
func (r *Recorder) login(e wxauth.Event) {
	asked := e.Attempts > 0
	if e.Outcome == wxauth.CodeInvalidRequest && !asked {
		return // most such logins take almost no time, so the durations would look too short
	}
	r.attempts.Add(float64(e.Attempts))
	r.duration.Observe(e.Duration.Seconds())
	r.local.Observe(max(0, e.Duration-e.Waited-e.WeChat).Seconds())
	if asked || e.Waited > 0 { // false for a login that made no attempt and did not wait, such as a LoginAs
		r.turnWait.Observe(e.Waited.Seconds())
	}
	if asked {
		r.wechat.Observe(e.WeChat.Seconds())
	}
}
