package main

import (
	"encoding/json"
	"io"
	"net/http"
	"sync/atomic"

	"example.com/wxlogin/wxauth"
)

// shop counts the orders and uploads, so a test can check that none happened twice.
type shop struct{ orders, files atomic.Int64 }

func userID(_ *http.Request, id wxauth.Identity) (string, error) { return user(id.OpenID), nil }

func me(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	reply(w, map[string]any{"user": id.UserID})
}

func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	reply(w, map[string]any{"order": s.orders.Add(1)})
}

func (s *shop) upload(w http.ResponseWriter, r *http.Request) {
	file, header, err := r.FormFile("file")
	if err != nil {
		http.Error(w, "the form has no file", http.StatusBadRequest)
		return
	}
	defer file.Close()
	b, err := io.ReadAll(file)
	if err != nil {
		http.Error(w, "the file is incomplete", http.StatusBadRequest)
		return
	}
	reply(w, map[string]any{
		"upload": s.files.Add(1), "name": header.Filename, "text": string(b), "album": r.FormValue("album"),
	})
}

func download(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, "龙井")
}

func renew(auth *wxauth.Auth) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := wxauth.FromContext(r.Context())
		login, err := auth.Renew(r.Context(), id)
		if err != nil {
			auth.WriteError(w, r, err)
			return
		}
		auth.WriteLogin(w, r, login)
	})
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}
