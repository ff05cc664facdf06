package muxtest

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"example.com/wxlogin/wxauth"
)

// A login that takes longer than the framework's default timeout must fail with this timeout
// and succeed with a timeout of 20 seconds.
func TestSlowLogin(t *testing.T) {
	slow := func(d time.Duration) func(*wxauth.Config) {
		return func(c *wxauth.Config) {
			c.OnLogin = func(*http.Request, wxauth.Identity) (string, error) {
				time.Sleep(d)
				return "", nil
			}
		}
	}
	t.Run("go-zero", func(t *testing.T) {
		a := newApplication(t, slow(3200*time.Millisecond))
		base := newGoZero(t, a).url
		var wg sync.WaitGroup
		wg.Go(func() { // this route has the default timeout of 3 seconds
			c := &client{t: t, url: base}
			c.want(503, "Request Timeout", get("/wxopen/getOpenIdAndSessionKey?code="+url.QueryEscape(a.phone.Login())))
		})
		c := &client{t: t, url: base}
		c.logIn(a)
		wg.Wait()
	})
	t.Run("kratos", func(t *testing.T) {
		a := newApplication(t, slow(1200*time.Millisecond))
		c := &client{t: t, url: newKratos(t, a).url}
		c.logIn(a)

		a.outermost = false // makes newKratos use the default timeout of 1 second
		c.url = newKratos(t, a).url
		c.want(503, "wechat_unavailable", request{"POST", "/login", "application/json", `{"code":"` + a.phone.Login() + `"}`})
	})
}
