package wxauth

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// Outermost wraps the whole handler of a server. If LoadAndSave fails to save session
// data, Outermost aborts the reply. The client then does not mistake the reply for a
// success. If the client has already received the whole reply, the abort is too late; see
// [Auth.LoadAndSave].
//
// To abort the reply, LoadAndSave itself sets a write deadline in the past and panics with
// http.ErrAbortHandler. Middleware around LoadAndSave can make both fail. A middleware
// that recovers from panics can stop the panic. A middleware that wraps the ResponseWriter in
// a type without an Unwrap method, for example to log response bodies, can prevent the
// deadline. Therefore LoadAndSave also reports the failure to Outermost, through the
// context. Outermost then aborts the connection after the handler has returned. In HTTP/2,
// it aborts only the stream of the request.
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

// passed returns a write deadline in the past. With such a deadline, net/http sends no
// more of the reply.
func passed() time.Time { return time.Unix(1, 0) }

// abort aborts the reply after a failed save. It always panics.
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
