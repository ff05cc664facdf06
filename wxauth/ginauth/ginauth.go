// Package ginauth adapts the middlewares and handlers of wxauth to gin.
//
//	r := gin.Default()
//	r.POST("/login", ginauth.Handler(auth.LoginHandler()))
//	users := r.Group("/", ginauth.Use(auth.Require))
//	users.GET("/me", func(c *gin.Context) {
//		c.JSON(200, gin.H{"openid": ginauth.OpenID(c)})
//	})
//
// Pass c.Request.Context() to wxauth, not c. wxauth finds no identity in a *gin.Context
// unless gin.Engine.ContextWithFallback is set.
//
// Wrap the engine in [wxauth.Outermost] before you pass it to the server. gin.Recovery
// stops the panic with which [wxauth.Auth.LoadAndSave] aborts a reply after a failed
// save. Without Outermost, the client can then take the reply for a success if a
// middleware has replaced c.Writer by a writer without an Unwrap method.
package ginauth

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/wxlogin/wxauth"
)

// Use returns a gin middleware that runs a net/http middleware, such as
// [wxauth.Auth.Require]. The next gin handlers get the request that the net/http
// middleware passes on. If the net/http middleware does not call its next handler, the
// gin chain stops. The next gin handlers write to c.Writer of the [gin.Context]. If the
// net/http middleware passes on another ResponseWriter, Use ignores that ResponseWriter.
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

// Handler returns a gin handler that calls a net/http handler.
func Handler(h http.Handler) gin.HandlerFunc { return gin.WrapH(h) }

// Identity returns the identity of the request, as [wxauth.FromContext] does. The bool is
// false if the request has no identity.
func Identity(c *gin.Context) (wxauth.Identity, bool) {
	return wxauth.FromContext(c.Request.Context())
}

// OpenID returns the openid of the request, or "" if the request has no identity.
func OpenID(c *gin.Context) string { return wxauth.OpenID(c.Request.Context()) }
