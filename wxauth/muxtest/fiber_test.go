package muxtest

import (
	"net"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"example.com/wxlogin/wxauth"
)

// fiberRequire replaces Auth.Require in fiber, which is not based on net/http. With
// fiber's adaptor.HTTPMiddleware, Require runs, but the identity does not reach the handler.
func fiberRequire(auth *wxauth.Auth) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id, err := auth.Authenticate(c.UserContext(), bearerToken(c.Get("Authorization")))
		if err != nil {
			return adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, r *http.Request) { auth.WriteError(w, r, err) })(c)
		}
		c.SetUserContext(wxauth.NewContext(c.UserContext(), id))
		return c.Next()
	}
}

func fiberApp(auth *wxauth.Auth) *fiber.App {
	f := fiber.New(fiber.Config{DisableStartupMessage: true})
	f.Post("/login", adaptor.HTTPHandler(auth.LoginHandler()))
	f.Post("/logout", adaptor.HTTPHandler(auth.LogoutHandler()))
	f.Get("/me/:name", fiberRequire(auth), func(c *fiber.Ctx) error {
		return c.SendString(wxauth.OpenID(c.UserContext()) + " " + c.Params("name"))
	})
	return f
}

func TestFiber(t *testing.T) {
	a := newApplication(t)
	f := fiberApp(a.auth)
	f.Get("/adaptor/:name", adaptor.HTTPMiddleware(a.auth.Require), func(c *fiber.Ctx) error {
		return c.SendString(wxauth.OpenID(c.UserContext()) + " " + c.Params("name"))
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Listener(l)
	}()
	t.Cleanup(func() {
		f.Shutdown()
		<-done
	})
	c := &client{t: t, url: "http://" + l.Addr().String()}
	loginAndLogout(a, c)
	c.logIn(a)
	c.want(200, " x", get("/adaptor/x"))
}
