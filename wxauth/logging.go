package wxauth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// logFailure logs a failure and its cause. For each of the codes CodeStoreUnavailable and
// CodeWeChatUnavailable, it logs at most one line per second above debug level. The
// attribute "suppressed" counts the failures with the same code that were not logged since
// the previous line with that code.
//
// A line does not contain the request's path, because the path can contain secrets
// of the application.
func (a *Auth) logFailure(ctx context.Context, message string, e *Error) {
	level := slog.LevelError
	switch {
	case gone(ctx, e.Err):
		level = slog.LevelDebug
	case e.Code == CodeRateLimited, e.Code == CodeLoginDenied, e.Code == CodeWeChatUnavailable:
		level = slog.LevelWarn
	case e.Status < http.StatusInternalServerError:
		level = slog.LevelDebug
	}
	attrs := make([]slog.Attr, 0, 8)
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	if level > slog.LevelDebug && (e.Code == CodeStoreUnavailable || e.Code == CodeWeChatUnavailable) {
		suppressed, ok := a.outages.line(e.Code, time.Now())
		if !ok {
			return
		}
		if suppressed > 0 {
			attrs = append(attrs, slog.Int("suppressed", suppressed))
		}
	}
	add("event", e.event)
	add("code", e.Code)
	add("app", e.appID)
	if answer := (*wxapi.Error)(nil); errors.As(e.Err, &answer) {
		if answer.Code != 0 {
			attrs = append(attrs, slog.Int("errcode", answer.Code))
		}
		add("rid", answer.RID)
	}
	if stale := (*staleError)(nil); errors.As(e.Err, &stale) {
		add("reason", stale.reason)
	}
	if e.Err != nil {
		attrs = append(attrs, slog.Any("error", e.Err))
	} else {
		add("error", e.Detail)
	}
	a.logger.LogAttrs(ctx, level, message, attrs...)
}

// outages limits how often failures with the same code are logged.
type outages struct {
	mu    sync.Mutex
	kinds map[string]*outage // the key is Error.Code
}

type outage struct {
	logged     time.Time
	suppressed int
}

// line reports whether a failure with the given code should be logged now. If so,
// suppressed is the number of failures with this code that were not logged since the
// previous line with this code.
func (o *outages) line(code string, now time.Time) (suppressed int, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kinds == nil {
		o.kinds = make(map[string]*outage)
	}
	kind := o.kinds[code]
	if kind == nil {
		kind = new(outage)
		o.kinds[code] = kind
	}
	if now.Sub(kind.logged) < time.Second {
		kind.suppressed++
		return 0, false
	}
	suppressed = kind.suppressed
	kind.logged, kind.suppressed = now, 0
	return suppressed, true
}
