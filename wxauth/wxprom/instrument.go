package wxprom

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// Instrument returns a transport that passes every call to base and records the call. Set
// wxapi.Options.Instrument to this method. The returned transport does not change requests
// or responses. To trace calls as well, wrap a tracing transport around the returned
// transport.
func (r *Recorder) Instrument(base http.RoundTripper) http.RoundTripper {
	return instrumented{r, base}
}

type instrumented struct {
	*Recorder
	base http.RoundTripper
}

func (t instrumented) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	path, start := t.paths.value(r.URL.Path), time.Now()
	t.inFlight.Inc()
	defer func() { // deferred, because a transport of the application can panic
		t.inFlight.Dec()
		status := t.statuses.value(statusOf(r.Context(), resp))
		t.calls.WithLabelValues(path, status).Observe(time.Since(start).Seconds())
	}()
	resp, err = t.base.RoundTrip(r)
	if resp != nil {
		if errcode := resp.Header.Get("Wxapi-Errcode"); errcode != "" {
			t.errors.WithLabelValues(t.errcodes.value(errcode)).Inc()
		}
	}
	return resp, err
}

func statusOf(ctx context.Context, resp *http.Response) string {
	switch {
	case resp != nil:
		return strconv.Itoa(resp.StatusCode)
	case errors.Is(ctx.Err(), context.Canceled):
		return "canceled"
	}
	return "failed"
}
