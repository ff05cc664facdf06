package main

import (
	"crypto/rand"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
)

//go:embed page
var embedded embed.FS

var index = template.Must(template.ParseFS(embedded, "page/index.html"))

// contentSecurityPolicy lets the page load its own files and nothing else.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mountPage adds the page and its files to a mux.
func (d *demo) mountPage(mux *http.ServeMux) {
	files, err := fs.Sub(embedded, "page")
	if err != nil {
		panic(err)
	}
	mux.Handle("GET /page/", http.StripPrefix("/page/", pageHeaders(http.FileServerFS(files))))
	mux.Handle("GET /{$}", pageHeaders(http.HandlerFunc(d.page)))
	mux.HandleFunc("GET /events", d.rec.stream)
}

func pageHeaders(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", contentSecurityPolicy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-cache")
		h.ServeHTTP(w, r)
	})
}

// page is the page itself. A visitor is known by a cookie, so that everybody
// has phones of their own and sees their own arrows.
func (d *demo) page(w http.ResponseWriter, r *http.Request) {
	if d.phones != nil && visitorOf(r) == "" {
		http.SetCookie(w, &http.Cookie{
			Name: visitorCookie, Value: rand.Text(), Path: "/",
			HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	index.Execute(w, struct {
		Simulated bool
		AppID     string
	}{d.phones != nil, d.appID})
}

const (
	visitorCookie = "wxauth_example"
	visitorLength = 26 // that of rand.Text
)

// visitorOf returns who looks at the page, "" for who does not, such as curl or
// a mini program.
func visitorOf(r *http.Request) string {
	c, err := r.Cookie(visitorCookie)
	if err != nil || len(c.Value) != visitorLength {
		return ""
	}
	return c.Value
}
