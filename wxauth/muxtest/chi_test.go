package muxtest

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"example.com/wxlogin/wxauth"
)

func chiRouter(auth *wxauth.Auth) *chi.Mux {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, middleware.Recoverer)
	r.Method("POST", "/login", auth.LoginHandler())
	r.Method("POST", "/logout", auth.LogoutHandler())
	r.Method("GET", "/session", auth.SessionHandler())
	r.Group(func(r chi.Router) {
		r.Use(auth.Require)
		r.Get("/me/{name}", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, wxauth.OpenID(r.Context())+" "+chi.URLParam(r, "name"))
		})
	})
	return r
}

func newChi(t *testing.T, a *application) server {
	r := chiRouter(a.auth)
	r.Method("GET", "/wxopen/getOpenIdAndSessionKey", a.auth.LoginHandler())
	r.With(a.auth.Require).Post("/steps", a.steps)
	data := r.With(a.auth.LoadAndSave)
	data.Post("/cart", a.cart)
	data.Post("/stream", a.stream)
	data.Post("/panic", a.panics)
	return serve(t, a, cors(r))
}
