package muxtest

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"example.com/wxlogin/wxauth"
)

func echo5(auth *wxauth.Auth) *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover(), middleware.CORS("*"))
	e.POST("/login", echo.WrapHandler(auth.LoginHandler()))
	e.POST("/logout", echo.WrapHandler(auth.LogoutHandler()))
	e.GET("/session", echo.WrapHandler(auth.SessionHandler()))
	users := e.Group("/me", echo.WrapMiddleware(auth.Require))
	users.GET("/:name", func(c *echo.Context) error {
		return c.String(http.StatusOK, wxauth.OpenID(c.Request().Context())+" "+c.Param("name"))
	})
	return e
}

func newEcho5(t *testing.T, a *application) server {
	e := echo5(a.auth)
	e.Logger = slog.New(slog.DiscardHandler)
	e.GET("/wxopen/getOpenIdAndSessionKey", echo.WrapHandler(a.auth.LoginHandler()))
	e.POST("/steps", echo.WrapHandler(http.HandlerFunc(a.steps)), echo.WrapMiddleware(a.auth.Require))
	data := echo.WrapMiddleware(a.auth.LoadAndSave)
	e.POST("/cart", echo.WrapHandler(http.HandlerFunc(a.cart)), data)
	e.POST("/stream", echo.WrapHandler(http.HandlerFunc(a.stream)), data)
	e.POST("/panic", echo.WrapHandler(http.HandlerFunc(a.panics)), data)
	e.POST("/error", func(c *echo.Context) error {
		a.sessions.Put(c.Request().Context(), "cart", "beside an error")
		return echo.NewHTTPError(http.StatusTeapot, "an error of the handler")
	}, data)
	return serve(t, a, e)
}
