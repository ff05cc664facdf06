// Package ginauth adapts the middlewares and handlers of wxauth to gin.
//
//	r := gin.Default()
//	r.POST("/login", ginauth.Handler(auth.LoginHandler()))
//	users := r.Group("/", ginauth.Use(auth.Require))
//	users.GET("/me", func(c *gin.Context) {
//		c.JSON(200, gin.H{"openid": ginauth.OpenID(c)})
//	})
//
// Pass c.Request.Context() to wxauth, not c. In c, wxauth finds an identity only if
// gin.Engine.ContextWithFallback is set.
//
// Wrap the engine in [wxauth.Outermost]. Otherwise a client can take a reply for a success
// although [wxauth.Auth.LoadAndSave] could not save the data.
package ginauth

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/wxlogin/wxauth"
)

// Use returns a gin middleware that runs a net/http middleware, such as
// [wxauth.Auth.Require]. If the net/http middleware does not call its next handler, the gin
// chain stops. If the net/http middleware passes another ResponseWriter to its next
// handler, Use ignores that ResponseWriter.
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

// Identity returns the identity of the request. It returns false if there is no identity.
func Identity(c *gin.Context) (wxauth.Identity, bool) {
	return wxauth.FromContext(c.Request.Context())
}

// OpenID returns the user's openid, or "" if the request has no identity.
func OpenID(c *gin.Context) string { return wxauth.OpenID(c.Request.Context()) }
