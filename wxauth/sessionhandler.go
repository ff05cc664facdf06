package wxauth

import (
	"net/http"
	"time"
)

// SessionHandler returns a handler that reports when the login of the request's token
// ends. It accepts GET and HEAD. It answers 200 with "expires_in" in seconds and
// "expires_at" in the format of RFC 3339. If the token is missing or has no live login,
// it answers 401 (not_logged_in). If the token cannot be checked because the store fails,
// it answers 503 (store_unavailable). It never uses the cache of a stores.CachedFinder.
// If a handler under LoadAndSave has shortened the login by the session manager's
// SetDeadline, SessionHandler reports the original end until the login ends.
func (a *Auth) SessionHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			a.WriteError(w, r, invalidRequest(http.StatusMethodNotAllowed, "use GET"))
			return
		}
		start := a.begin()
		var login storedLogin
		if _, err := a.findLogin(r.Context(), a.token(r), &login); err != nil {
			a.refuse(w, r, start, a.missingScheme(r, err))
			return
		}
		in, at := expiry(login.Until)
		w.Header().Set("Cache-Control", "no-store")
		writeJSON(w, "application/json", http.StatusOK, struct {
			ExpiresIn int64  `json:"expires_in"`
			ExpiresAt string `json:"expires_at"`
		}{in, at})
	})
}

func expiry(t time.Time) (in int64, at string) {
	return int64(seconds(time.Until(t))), t.UTC().Format(time.RFC3339)
}
