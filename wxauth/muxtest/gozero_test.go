package muxtest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/proc"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/pathvar"

	"example.com/wxlogin/wxauth"
)

func goZero(c rest.RestConf, auth *wxauth.Auth) *rest.Server {
	s := rest.MustNewServer(c, rest.WithCors("*"))
	s.AddRoutes([]rest.Route{
		{Method: "POST", Path: "/login", Handler: auth.LoginHandler().ServeHTTP},
		{Method: "POST", Path: "/logout", Handler: auth.LogoutHandler().ServeHTTP},
		{Method: "GET", Path: "/session", Handler: auth.SessionHandler().ServeHTTP},
	}, rest.WithTimeout(20*time.Second)) // a login may take 15 seconds
	s.AddRoutes(rest.WithMiddleware(rest.ToMiddleware(auth.Require), rest.Route{
		Method: "GET", Path: "/me/:name", Handler: func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, wxauth.OpenID(r.Context())+" "+pathvar.Vars(r)["name"])
		},
	}))
	return s
}

// startGoZero uses Outermost, because go-zero's default middleware buffers replies and
// recovers from panics. Without Outermost, LoadAndSave could not abort the reply after a
// failed save.
func startGoZero(s *rest.Server, options ...rest.StartOption) {
	s.StartWithOpts(append(options, func(s *http.Server) {
		s.Handler = wxauth.Outermost(s.Handler)
	})...)
}

func newGoZero(t *testing.T, a *application) server {
	var c rest.RestConf
	// CpuThreshold 0 turns off load shedding, which could refuse requests on a busy machine.
	err := conf.LoadFromJsonBytes([]byte(`{"Name":"test","Host":"127.0.0.1","Port":0,"CpuThreshold":0,"Log":{"Stat":false}}`), &c)
	if err != nil {
		t.Fatal(err)
	}
	s := goZero(c, a.auth)
	logx.Disable()
	s.AddRoutes([]rest.Route{
		{Method: "GET", Path: "/wxopen/getOpenIdAndSessionKey", Handler: a.auth.LoginHandler().ServeHTTP},
		{Method: "POST", Path: "/steps", Handler: a.auth.Require(http.HandlerFunc(a.steps)).ServeHTTP},
	})
	s.AddRoutes(rest.WithMiddleware(rest.ToMiddleware(a.auth.LoadAndSave),
		rest.Route{Method: "POST", Path: "/cart", Handler: a.cart},
		rest.Route{Method: "POST", Path: "/stream", Handler: a.stream},
		rest.Route{Method: "POST", Path: "/panic", Handler: a.panics},
	))

	listening := make(chan string, 1)
	var running *http.Server
	watch := func(s *http.Server) {
		running = s
		s.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
		s.BaseContext = func(l net.Listener) context.Context {
			listening <- l.Addr().String()
			return context.Background()
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if a.outermost {
			startGoZero(s, watch)
		} else {
			s.StartWithOpts(watch)
		}
	}()
	t.Cleanup(func() {
		running.Close()
		proc.Shutdown() // makes StartWithOpts return, as SIGTERM does
		<-done
	})
	return server{"http://" + <-listening, func(ctx context.Context) error { return running.Shutdown(ctx) }}
}
