package muxtest

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gorilla/mux"

	"example.com/wxlogin/wxauth"
)

func gorillaRouter(auth *wxauth.Auth) *mux.Router {
	r := mux.NewRouter()
	r.Handle("/login", auth.LoginHandler()).Methods("POST")
	r.Handle("/logout", auth.LogoutHandler()).Methods("POST")
	r.Handle("/session", auth.SessionHandler()).Methods("GET")
	users := r.PathPrefix("/me").Subrouter()
	users.Use(auth.Require)
	users.HandleFunc("/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, wxauth.OpenID(r.Context())+" "+mux.Vars(r)["name"])
	}).Methods("GET")
	return r
}

func newGorilla(t *testing.T, a *application) server {
	r := gorillaRouter(a.auth)
	r.Handle("/wxopen/getOpenIdAndSessionKey", a.auth.LoginHandler()).Methods("GET")
	r.Handle("/steps", a.auth.Require(http.HandlerFunc(a.steps))).Methods("POST")
	data := r.NewRoute().Subrouter()
	data.Use(a.auth.LoadAndSave)
	data.HandleFunc("/cart", a.cart).Methods("POST")
	data.HandleFunc("/stream", a.stream).Methods("POST")
	data.HandleFunc("/panic", a.panics).Methods("POST")
	// With r.Use(cors), cors would not get preflight requests, because no route has the
	// method OPTIONS.
	return serve(t, a, cors(r))
}
