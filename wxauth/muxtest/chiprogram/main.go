// Chiprogram is the example for chi in wxauth/docs/frameworks.md.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"example.com/wxlogin/wxauth"
)

func main() {
	auth, err := wxauth.New(wxauth.Config{
		Apps: []wxauth.App{{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	server := http.Server{
		Addr:         "127.0.0.1:8080",
		Handler:      chiRouter(auth),
		ReadTimeout:  10 * time.Second,
		WriteTimeout: 20 * time.Second, // a login may take 15 seconds
		IdleTimeout:  time.Minute,
	}
	log.Fatal(server.ListenAndServe())
}

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
