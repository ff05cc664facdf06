package muxtest

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/ginauth"
)

// http.TimeoutHandler buffers replies.
func newTimeoutHandler(t *testing.T, a *application) server {
	mux := serveMux(a.auth)
	mux.Handle("POST /cart", a.auth.LoadAndSave(http.HandlerFunc(a.cart)))
	return serve(t, a, http.TimeoutHandler(mux, time.Minute, ""))
}

// Many gin applications log reply bodies with a writer like bodyLogger. bodyLogger hides the
// Unwrap method of gin's own writer.
type bodyLogger struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (w *bodyLogger) Write(b []byte) (int, error) {
	w.body.Write(b)
	return w.ResponseWriter.Write(b)
}

func newGinWithBodyLogger(t *testing.T, a *application) server {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(gin.CustomRecovery(func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }))
	r.Use(func(c *gin.Context) {
		c.Writer = &bodyLogger{ResponseWriter: c.Writer}
		c.Next()
	})
	r.POST("/login", ginauth.Handler(a.auth.LoginHandler()))
	r.POST("/cart", ginauth.Use(a.auth.LoadAndSave), gin.WrapF(a.cart))
	return serve(t, a, r)
}

// The fields of outcomes are for an empty, a short and a long reply body. A field contains
// the text of the status, such as "OK", or "broken" if the client did not get a complete
// reply.
type outcomes struct{ Empty, Short, Long string }

// If a save by LoadAndSave fails and Outermost wraps the server's handler, the client must
// not get a complete reply. Without Outermost, the client gets a success in two of the cases
// below, because middleware hides the failure.
func TestFailedSave(t *testing.T) {
	broken, success := outcomes{"broken", "broken", "broken"}, outcomes{"OK", "OK", "OK"}
	without := map[string]outcomes{
		"ServeMux":             broken,
		"StripPrefix":          broken,
		"chi":                  broken,
		"gorilla/mux":          broken,
		"gin":                  broken,
		"echo v4":              broken,
		"echo v5":              broken,
		"kratos":               broken,
		"go-zero":              success, // go-zero's default middleware buffers the reply and recovers from panics
		"TimeoutHandler":       broken,
		"gin with body logger": success,
	}
	all := maps.Clone(frameworks)
	all["TimeoutHandler"], all["gin with body logger"] = newTimeoutHandler, newGinWithBodyLogger
	for _, outermost := range []bool{true, false} {
		got, want := make(map[string]outcomes), without
		if outermost {
			want = make(map[string]outcomes)
			for name := range all {
				want[name] = broken
			}
		}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			a := newApplication(t)
			a.outermost = outermost
			c := &client{t: t, url: all[name](t, a).url}
			c.logIn(a)
			a.store.broken.Store(true)
			outcome := func(size string) string {
				status, _, err := c.send(post("/cart?item=lost&size=" + size))
				if err != nil {
					return "broken"
				}
				return http.StatusText(status)
			}
			got[name] = outcomes{outcome("0"), outcome("10"), outcome("200000")}
			a.store.broken.Store(false)
			c.want(200, "", post("/cart"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Outermost %t (-want +got):\n%s", outermost, diff)
		}
	}
}
