package muxtest

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	hertzapp "github.com/cloudwego/hertz/pkg/app"
	hertz "github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/adaptor"
	"github.com/cloudwego/hertz/pkg/common/config"
	"github.com/cloudwego/hertz/pkg/network/standard"

	"example.com/wxlogin/wxauth"
)

func bearerToken(header string) string {
	token, _ := strings.CutPrefix(header, "Bearer ")
	return token
}

// hertzRequire replaces Auth.Require in hertz, which is not based on net/http.
func hertzRequire(auth *wxauth.Auth) hertzapp.HandlerFunc {
	return func(ctx context.Context, c *hertzapp.RequestContext) {
		id, err := auth.Authenticate(ctx, bearerToken(string(c.GetHeader("Authorization"))))
		if err != nil {
			adaptor.HertzHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { auth.WriteError(w, r, err) }))(ctx, c)
			c.Abort()
			return
		}
		c.Next(wxauth.NewContext(ctx, id))
	}
}

func hertzServer(auth *wxauth.Auth, options ...config.Option) *hertz.Hertz {
	h := hertz.New(options...)
	h.POST("/login", adaptor.HertzHandler(auth.LoginHandler()))
	h.POST("/logout", adaptor.HertzHandler(auth.LogoutHandler()))
	h.GET("/me/:name", hertzRequire(auth), func(ctx context.Context, c *hertzapp.RequestContext) {
		c.String(http.StatusOK, wxauth.OpenID(ctx)+" "+c.Param("name"))
	})
	return h
}

func TestHertz(t *testing.T) {
	a := newApplication(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := hertzServer(a.auth, hertz.WithListener(l), hertz.WithTransport(standard.NewTransporter), hertz.WithDisablePrintRoute(true))
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Run()
	}()
	t.Cleanup(func() {
		h.Close()
		<-done
	})
	loginAndLogout(a, &client{t: t, url: "http://" + l.Addr().String()})
}

func loginAndLogout(a *application, c *client) {
	c.t.Helper()
	c.want(401, "not_logged_in", get("/me/x"))
	c.logIn(a)
	c.want(200, openID+" x", get("/me/x"))
	c.want(204, "", post("/logout"))
	c.want(401, "not_logged_in", get("/me/x"))
}
