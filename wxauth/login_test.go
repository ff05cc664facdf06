package wxauth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
)

// TestOneCodeIsOneLogin sends one code in 150 requests before the login is complete. The
// requests must cause one login, one session and one call of OnLogin. The user already has
// two logins. All requests except the first carry the token of one of these two logins.
// That login must end, and the other must not.
func TestOneCodeIsOneLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newTestStore()
		var mu sync.Mutex
		var events []string
		replied := make(map[string]string)
		hooks := 0
		auth, wechat := newAuth(t, wxauth.Config{
			Sessions:  sessionsIn(store),
			MaxLogins: 2,
			OnLogin: func(r *http.Request, id wxauth.Identity) (string, error) {
				hooks++
				time.Sleep(time.Second) // on synctest's fake clock
				return "u7", nil
			},
			ReplyLogin: func(w http.ResponseWriter, r *http.Request, l wxauth.Login) {
				mu.Lock()
				defer mu.Unlock()
				replied[r.Header.Get("X-Request")] = l.Token
			},
			OnEvent: func(_ context.Context, e wxauth.Event) {
				mu.Lock()
				defer mu.Unlock()
				events = append(events, e.Name+" "+e.Outcome)
			},
		})
		phone := wechat.Phone(appID, openID)
		tokenFor := func(name, old, code string) string {
			r := requestWith(old)
			r.URL.RawQuery = "code=" + code
			r.Header.Set("X-Request", name)
			auth.LoginHandler().ServeHTTP(httptest.NewRecorder(), r)
			mu.Lock()
			defer mu.Unlock()
			return replied[name]
		}
		other, old := tokenFor("other", "", phone.Login()), tokenFor("old", "", phone.Login())
		events, hooks = nil, 0
		code := phone.Login()
		var posts sync.WaitGroup
		for i := range 150 {
			posts.Go(func() {
				time.Sleep(time.Duration(i) * 5 * time.Millisecond) // all requests except the first arrive during OnLogin
				brings := old
				if i == 0 {
					brings = ""
				}
				tokenFor(fmt.Sprint(i), brings, code)
			})
		}
		posts.Wait()
		token := replied["0"]
		for i := range 150 {
			if replied[fmt.Sprint(i)] != token || len(token) != 43 {
				t.Fatalf("request %d got %q, request 0 %q", i, replied[fmt.Sprint(i)], token)
			}
		}
		if got := strings.Join(events, ", "); got != "end ok, login ok" || hooks != 1 {
			t.Errorf("events %s, %d calls of OnLogin", got, hooks)
		}
		for name, want := range map[string]int{token: 200, other: 200, old: 401} {
			if w := serve(auth.Require(me), "GET", "/", name, ""); w.Code != want {
				t.Errorf("got %d, want %d", w.Code, want)
			}
		}
		if n := store.logins(t); n != 2 {
			t.Errorf("%d sessions, want 2", n)
		}
	})
}

// TestPanicInAHook checks that a panic in OnLogin fails the login. After a panic in
// OnEvent, the login must still succeed. The log must report both panics without their
// values.
func TestPanicInAHook(t *testing.T) {
	for name, change := range map[string]func(*wxauth.Config){
		"OnLogin": func(c *wxauth.Config) {
			c.OnLogin = func(*http.Request, wxauth.Identity) (string, error) { panic("boom") }
		},
		"OnEvent": func(c *wxauth.Config) { c.OnEvent = func(context.Context, wxauth.Event) { panic("boom") } },
	} {
		var log lines
		c := wxauth.Config{Logger: log.logger()}
		change(&c)
		auth, wechat := newAuth(t, c)
		w := post(background, auth, wechat.Phone(appID, openID).Login())
		if want := map[string]int{"OnLogin": 500, "OnEvent": 200}[name]; w.Code != want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, want)
		}
		if !strings.Contains(log.String(), "panic") || !strings.Contains(log.String(), name) || strings.Contains(log.String(), "boom") {
			t.Errorf("%s: log %s", name, &log)
		}
	}
}

// TestOldLoginOfALateCaller sends one code in two requests. The second request arrives
// while the login of the first request is being stored. The second request carries the
// token of an older login. The older login must end, even if the second client
// disconnects.
func TestOldLoginOfALateCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newTestStore()
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
		phone := wechat.Phone(appID, openID)
		old := login(t, auth, phone)
		code := phone.Login()
		client, hangUp := context.WithCancel(background)
		var late sync.WaitGroup
		var w *httptest.ResponseRecorder
		store.set(func(ctx context.Context, _ int, op, key string) (bool, error) {
			switch {
			case op == "commit" && w == nil: // the first request stores its session: send the second request now
				w = httptest.NewRecorder()
				late.Go(func() {
					r := requestWith(old).WithContext(client)
					r.URL.RawQuery = "code=" + code
					auth.LoginHandler().ServeHTTP(w, r)
				})
				synctest.Wait()
			case op == "find" && key == storeKey(old):
				hangUp()
			}
			return false, ctx.Err()
		})
		first := post(background, auth, code)
		late.Wait()
		store.set(nil)
		if w.Code != 200 || tokenOf(t, w) != tokenOf(t, first) {
			t.Errorf("the late caller got %d %s, the first %d %s", w.Code, w.Body, first.Code, first.Body)
		}
		if got := reasonOf(auth, old); got != "401" {
			t.Errorf("the late caller's old token: %s", got)
		}
		if got := reasonOf(auth, tokenOf(t, first)); got != "200" {
			t.Errorf("the new token: %s", got)
		}
	})
}
