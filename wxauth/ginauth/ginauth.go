// Package ginauth puts the middlewares and handlers of wxauth into gin.
//
//	r := gin.Default()
//	r.POST("/login", ginauth.Handler(auth.LoginHandler()))
//	users := r.Group("/", ginauth.Use(auth.Require))
//	users.GET("/me", func(c *gin.Context) {
//		c.JSON(200, gin.H{"openid": ginauth.OpenID(c)})
//	})
//
// Pass c.Request.Context() to wxauth, not c: a *gin.Context as a context finds no
// identity unless gin.Engine.ContextWithFallback is set. Give the server
// [wxauth.Outermost] of the engine: gin.Recovery can hide from the client that
// [wxauth.Auth.LoadAndSave] could not save.
package ginauth

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/wxlogin/wxauth"
)

// Use returns a gin middleware that runs a middleware of net/http. The handlers
// behind it get the request that it passes on; if it passes none on, the chain
// ends. They write to gin's own writer, so it must not wrap the writer.
func Use(middleware func(http.Handler) http.Handler) gin.HandlerFunc {
	h := middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := r.Context().Value(stateKey{}).(*state)
		s.passed, s.c.Request = true, r
		s.c.Next()
	}))
	return func(c *gin.Context) {
		s := &state{c: c}
		h.ServeHTTP(c.Writer, c.Request.WithContext(context.WithValue(c.Request.Context(), stateKey{}, s)))
		if !s.passed {
			c.Abort()
		}
	}
}

type stateKey struct{}

type state struct {
	c      *gin.Context
	passed bool
}

// Handler returns a gin handler that calls a handler of net/http.
func Handler(h http.Handler) gin.HandlerFunc { return gin.WrapH(h) }

// Identity returns the identity of the request, as wxauth.FromContext does.
func Identity(c *gin.Context) (wxauth.Identity, bool) {
	return wxauth.FromContext(c.Request.Context())
}

// OpenID returns the openid of the request, or "" without an identity.
func OpenID(c *gin.Context) string { return wxauth.OpenID(c.Request.Context()) }
