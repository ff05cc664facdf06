package wxauth

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// Outermost wraps the whole handler of a server. If LoadAndSave cannot save the data of
// a request, Outermost aborts the reply. The client then does not mistake the reply for
// a success.
//
// LoadAndSave itself aborts such a reply in two ways. It sets a write deadline in the
// past, and it panics with http.ErrAbortHandler. Other middleware can prevent both. A
// middleware that recovers from panics stops the panic. A middleware that wraps the
// ResponseWriter in a type without an Unwrap method, for example to log response
// bodies, prevents the deadline. Therefore LoadAndSave also reports the failure to
// Outermost, through the context. Outermost then aborts the connection, or the stream
// in HTTP/2.
//
//	http.Server{Handler: wxauth.Outermost(engine), …}
func Outermost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var failed atomic.Bool
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), outermostKey{}, &failed)))
		if failed.Load() {
			http.NewResponseController(w).SetWriteDeadline(passed())
			panic(http.ErrAbortHandler)
		}
	})
}

type outermostKey struct{}

// passed returns a write deadline in the past. net/http sends nothing after such a
// deadline.
func passed() time.Time { return time.Unix(1, 0) }

// abort is called if the save after the handler fails. It logs the failure, sets a
// write deadline in the past, and panics with http.ErrAbortHandler.
func (a *Auth) abort(w http.ResponseWriter, r *http.Request, err error) {
	failed, outermost := r.Context().Value(outermostKey{}).(*atomic.Bool)
	if outermost {
		failed.Store(true)
	}
	e := a.asError(EventSave, "", err)
	a.logFailure(r.Context(), "wxauth: session data not saved", e)
	if http.NewResponseController(w).SetWriteDeadline(passed()) != nil && !outermost {
		a.logger.ErrorContext(r.Context(), "wxauth: the client may take the reply for a success: the ResponseWriter has no Unwrap; put wxauth.Outermost around the server's handler")
	}
	panic(http.ErrAbortHandler)
}
