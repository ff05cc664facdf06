package playground

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
)

//go:embed page
var embedded embed.FS

var index = template.Must(template.ParseFS(embedded, "page/index.html"))

// contentSecurityPolicy allows the page to load scripts, styles, images and data only
// from its own server.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (p *Playground) mountPage(mux *http.ServeMux) {
	files, err := fs.Sub(embedded, "page")
	if err != nil {
		panic(err)
	}
	mux.Handle("GET /page/", http.StripPrefix("/page/", pageHeaders(http.FileServerFS(files))))
	mux.Handle("GET /{$}", pageHeaders(http.HandlerFunc(p.page)))
	mux.HandleFunc("GET /events", p.rec.diagram.stream)
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

func (p *Playground) page(w http.ResponseWriter, r *http.Request) {
	if p.phones != nil {
		welcome(w, r)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	index.Execute(w, struct {
		Simulated bool
		AppID     string
	}{p.phones != nil, p.appID})
}
