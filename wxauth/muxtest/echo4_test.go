package muxtest

import (
	"io"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"example.com/wxlogin/wxauth"
)

func echo4(auth *wxauth.Auth) *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover(), middleware.CORS())
	e.POST("/login", echo.WrapHandler(auth.LoginHandler()))
	e.POST("/logout", echo.WrapHandler(auth.LogoutHandler()))
	e.GET("/session", echo.WrapHandler(auth.SessionHandler()))
	users := e.Group("/me", echo.WrapMiddleware(auth.Require))
	users.GET("/:name", func(c echo.Context) error {
		return c.String(http.StatusOK, wxauth.OpenID(c.Request().Context())+" "+c.Param("name"))
	})
	return e
}

func newEcho4(t *testing.T, a *application) server {
	e := echo4(a.auth)
	e.Logger.SetOutput(io.Discard)
	e.GET("/wxopen/getOpenIdAndSessionKey", echo.WrapHandler(a.auth.LoginHandler()))
	e.POST("/steps", echo.WrapHandler(http.HandlerFunc(a.steps)), echo.WrapMiddleware(a.auth.Require))
	data := echo.WrapMiddleware(a.auth.LoadAndSave)
	e.POST("/cart", echo.WrapHandler(http.HandlerFunc(a.cart)), data)
	e.POST("/stream", echo.WrapHandler(http.HandlerFunc(a.stream)), data)
	e.POST("/panic", echo.WrapHandler(http.HandlerFunc(a.panics)), data)
	e.POST("/error", func(c echo.Context) error {
		a.sessions.Put(c.Request().Context(), "cart", "beside an error")
		return echo.NewHTTPError(http.StatusTeapot, "an error of the handler")
	}, data)
	return serve(t, a, e)
}

// TestEchoHandlerError checks that LoadAndSave saves the session data even if the handler
// returns an error.
func TestEchoHandlerError(t *testing.T) {
	for name, start := range map[string]func(*testing.T, *application) server{"v4": newEcho4, "v5": newEcho5} {
		t.Run(name, func(t *testing.T) {
			a := newApplication(t)
			c := &client{t: t, url: start(t, a).url}
			c.logIn(a)
			if status, body, err := c.send(post("/error")); status != http.StatusTeapot || err != nil {
				t.Errorf("%d %s (%v)", status, body, err)
			}
			c.want(200, "beside an error", post("/cart"))
		})
	}
}
