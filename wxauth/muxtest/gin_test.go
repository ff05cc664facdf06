package muxtest

import (
	"io"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/ginauth"
)

func ginEngine(auth *wxauth.Auth) *gin.Engine {
	r := gin.Default()
	r.POST("/login", ginauth.Handler(auth.LoginHandler()))
	r.POST("/logout", ginauth.Handler(auth.LogoutHandler()))
	r.GET("/session", ginauth.Handler(auth.SessionHandler()))
	users := r.Group("/", ginauth.Use(auth.Require))
	users.GET("/me/:name", func(c *gin.Context) {
		c.String(http.StatusOK, ginauth.OpenID(c)+" "+c.Param("name"))
	})
	return r
}

func newGin(t *testing.T, a *application) server {
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultWriter, gin.DefaultErrorWriter = io.Discard, io.Discard
	r := ginEngine(a.auth)
	r.GET("/wxopen/getOpenIdAndSessionKey", ginauth.Handler(a.auth.LoginHandler()))
	r.POST("/steps", ginauth.Use(a.auth.Require), gin.WrapF(a.steps))
	data := r.Group("/", ginauth.Use(a.auth.LoadAndSave))
	data.POST("/cart", gin.WrapF(a.cart))
	data.POST("/stream", gin.WrapF(a.stream))
	data.POST("/panic", gin.WrapF(a.panics))
	return serve(t, a, cors(r))
}

// wxauth finds an identity in a *gin.Context only if ContextWithFallback is true.
func TestGinContext(t *testing.T) {
	for _, fallback := range []bool{false, true} {
		a := newApplication(t)
		r := ginEngine(a.auth)
		r.ContextWithFallback = fallback
		r.GET("/context", ginauth.Use(a.auth.Require), func(c *gin.Context) {
			c.String(http.StatusOK, wxauth.OpenID(c))
		})
		c := &client{t: t, url: serve(t, a, r).url}
		c.logIn(a)
		c.want(200, map[bool]string{true: openID}[fallback], get("/context"))
	}
}
