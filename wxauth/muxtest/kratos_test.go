package muxtest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/go-kratos/kratos/v2/log"
	"github.com/go-kratos/kratos/v2/middleware/recovery"
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	"example.com/wxlogin/wxauth"
)

func kratosServer(address string) *khttp.Server {
	return khttp.NewServer(
		khttp.Address(address),
		khttp.Timeout(20*time.Second), // a login may take 15 seconds
		khttp.Middleware(recovery.Recovery()),
		khttp.Filter(wxauth.Outermost, cors),
	)
}

func kratosRoutes(s *khttp.Server, auth *wxauth.Auth) {
	s.Handle("/login", auth.LoginHandler())
	s.Handle("/logout", auth.LogoutHandler())
	s.Handle("/session", auth.SessionHandler())
	users := s.Route("/", auth.Require)
	users.GET("/me/{name}", func(c khttp.Context) error {
		return c.String(http.StatusOK, wxauth.OpenID(c.Request().Context())+" "+c.Vars().Get("name"))
	})
}

func newKratos(t *testing.T, a *application) server {
	log.SetLogger(log.NewStdLogger(io.Discard))
	s := kratosServer("127.0.0.1:0")
	if !a.outermost {
		s = khttp.NewServer(khttp.Address("127.0.0.1:0"), khttp.Middleware(recovery.Recovery()))
	}
	kratosRoutes(s, a.auth)
	s.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	s.Handle("/wxopen/getOpenIdAndSessionKey", a.auth.LoginHandler())
	s.Handle("/steps", a.auth.Require(http.HandlerFunc(a.steps)))
	s.Handle("/cart", a.auth.LoadAndSave(http.HandlerFunc(a.cart)))
	s.Handle("/stream", a.auth.LoadAndSave(http.HandlerFunc(a.stream)))
	s.Handle("/panic", a.auth.LoadAndSave(http.HandlerFunc(a.panics)))
	url, err := s.Endpoint()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Start(context.Background())
	}()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return server{url.String(), s.Stop}
}
