package wxauth

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// Outermost wraps the whole handler of a server. If the data of a request was not
// saved, Outermost makes sure that the client does not mistake the reply for a
// success.
//
// LoadAndSave aborts such a request in two ways: it sets a write deadline in the
// past, and it panics with http.ErrAbortHandler. A middleware that recovers from
// panics stops the panic. A ResponseWriter without an Unwrap method does not
// support the deadline. An example is the writer of a middleware that logs response
// bodies. Outermost learns of the failure through the context. It then aborts the
// connection itself, or the stream in HTTP/2.
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

// passed returns a write deadline in the past. With this deadline nothing more is
// sent.
func passed() time.Time { return time.Unix(1, 0) }

// abort handles a request whose data was not saved. It makes the connection
// unusable and panics with http.ErrAbortHandler.
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
