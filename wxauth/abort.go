package wxauth

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// Outermost belongs around a server's whole handler. It makes sure that a client
// does not take the reply to a request whose data was not saved for a success.
//
// LoadAndSave aborts such a request by a write deadline that has passed and a panic
// with http.ErrAbortHandler. A middleware that recovers from panics swallows the
// latter. A writer without Unwrap, such as that of a middleware that keeps the body
// for its log, has no deadline. Outermost learns of the failure through the context
// and aborts the connection itself; over HTTP/2, the stream.
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

// passed returns a write deadline that has passed: nothing more is sent.
func passed() time.Time { return time.Unix(1, 0) }

// abort makes the connection of a request unusable whose data was not saved, and
// panics with http.ErrAbortHandler.
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
