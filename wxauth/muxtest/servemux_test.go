package muxtest

import (
	"fmt"
	"net/http"
	"testing"

	"example.com/wxlogin/wxauth"
)

func serveMux(auth *wxauth.Auth) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("POST /logout", auth.LogoutHandler())
	mux.Handle("GET /session", auth.SessionHandler())
	mux.Handle("GET /me/{name}", auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, wxauth.OpenID(r.Context())+" "+r.PathValue("name"))
	})))
	return mux
}

func newServeMux(t *testing.T, a *application) server {
	mux := serveMux(a.auth)
	mux.Handle("GET /wxopen/getOpenIdAndSessionKey", a.auth.LoginHandler())
	mux.Handle("POST /steps", a.auth.Require(http.HandlerFunc(a.steps)))
	mux.Handle("POST /cart", a.auth.LoadAndSave(http.HandlerFunc(a.cart)))
	mux.Handle("POST /stream", a.auth.LoadAndSave(http.HandlerFunc(a.stream)))
	mux.Handle("POST /panic", a.auth.LoadAndSave(http.HandlerFunc(a.panics)))
	return serve(t, a, cors(mux))
}

// newStripPrefix mounts each handler behind http.StripPrefix, so the handler does not see
// the path at which it is mounted.
func newStripPrefix(t *testing.T, a *application) server {
	mux := http.NewServeMux()
	for path, h := range map[string]http.Handler{
		"/login":                         a.auth.LoginHandler(),
		"/wxopen/getOpenIdAndSessionKey": a.auth.LoginHandler(),
		"/logout":                        a.auth.LogoutHandler(),
		"/session":                       a.auth.SessionHandler(),
		"/steps":                         a.auth.Require(http.HandlerFunc(a.steps)),
		"/cart":                          a.auth.LoadAndSave(http.HandlerFunc(a.cart)),
		"/stream":                        a.auth.LoadAndSave(http.HandlerFunc(a.stream)),
		"/panic":                         a.auth.LoadAndSave(http.HandlerFunc(a.panics)),
	} {
		mux.Handle(path, http.StripPrefix(path, h))
	}
	mux.Handle("/me/", http.StripPrefix("/me/", a.auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, wxauth.OpenID(r.Context())+" "+r.URL.Path)
	}))))
	return serve(t, a, cors(mux))
}
