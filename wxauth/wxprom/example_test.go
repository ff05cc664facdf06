package wxprom_test

import (
	"bufio"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxprom"
	"example.com/wxlogin/wxauth/wxtest"
)

// newServer returns a public handler for clients, and an internal handler for
// Prometheus. The internal handler belongs on another port.
func newServer(app wxauth.App, api wxapi.Options) (public, internal http.Handler, err error) {
	recorder := wxprom.New()
	registry := prometheus.NewRegistry()
	registry.MustRegister(recorder)

	api.Instrument = recorder.Instrument
	auth, err := wxauth.New(wxauth.Config{
		Apps:    []wxauth.App{app},
		API:     api, // a wxapi.Options
		OnEvent: recorder.OnEvent,
	})
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("GET /me", auth.Require(http.NotFoundHandler()))
	metrics := http.NewServeMux()
	metrics.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux, metrics, nil
}

func Example() {
	app := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	public, internal, err := newServer(app, wxapi.Options{Transport: wechat.Transport()}) // in production: wxapi.Options{}
	if err != nil {
		log.Fatal(err)
	}

	code := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()
	login := httptest.NewRequest("POST", "/login", strings.NewReader(`{"code":"`+code+`"}`))
	login.Header.Set("Content-Type", "application/json")
	public.ServeHTTP(httptest.NewRecorder(), login)
	public.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/me", nil)) // without a token

	page := httptest.NewRecorder()
	internal.ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for lines := bufio.NewScanner(page.Body); lines.Scan(); {
		counts := strings.Contains(lines.Text(), "_total{") || strings.Contains(lines.Text(), "_count{")
		if counts && !strings.HasSuffix(lines.Text(), " 0") {
			fmt.Println(lines.Text())
		}
	}
	// Output:
	// wxauth_logins_total{outcome="ok"} 1
	// wxauth_refusals_total{code="not_logged_in"} 1
	// wxauth_wechat_call_duration_seconds_count{path="/sns/jscode2session",status="200"} 1
}
