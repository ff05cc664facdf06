package wxauth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type instance struct {
	*wxauth.Auth
	wechat *wxtest.Server
}

func newInstance(t *testing.T, url string, wechat *wxtest.Server) instance {
	t.Helper()
	store, err := stores.OpenRedis(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), API: wxapi.Options{Transport: wechat.Transport()}})
	return instance{auth, wechat}
}

func (i instance) request(token string) *httptest.ResponseRecorder {
	ctx, cancel := context.WithTimeout(background, time.Second)
	defer cancel()
	w := httptest.NewRecorder()
	i.Require(me).ServeHTTP(w, requestWith(token).WithContext(ctx))
	return w
}

func (i instance) login(openID string) *httptest.ResponseRecorder {
	return serve(i.LoginHandler(), "GET", "/?code="+i.wechat.Phone(appID, openID).Login(), "", "")
}

type tally struct {
	mu       sync.Mutex
	statuses map[string]int
	wrong    []string
}

func (y *tally) add(what string, w *httptest.ResponseRecorder) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.statuses == nil {
		y.statuses = make(map[string]int)
	}
	y.statuses[fmt.Sprint(what, " ", w.Code)]++
	if w.Code != http.StatusOK && (code(w) != "store_unavailable" || w.Header().Get("Retry-After") == "") {
		y.wrong = append(y.wrong, fmt.Sprint(what, " ", w.Code, " ", w.Body))
	}
}

// load calls during() while four goroutines send requests and log in.
func load(t *testing.T, i instance, tokens []string, during func()) {
	t.Helper()
	var y tally
	var stop atomic.Bool
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			pause := time.NewTicker(time.Millisecond)
			defer pause.Stop()
			for n := g; !stop.Load(); n++ {
				<-pause.C // a higher load could prevent Redis from starting
				y.add("request", i.request(tokens[n%len(tokens)]))
				if n%10 == 0 {
					y.add("login", i.login(fmt.Sprint("user ", g, n)))
				}
			}
		})
	}
	start := time.Now()
	during()
	stop.Store(true)
	wg.Wait()
	t.Logf("in %v: %v", time.Since(start).Round(time.Millisecond), y.statuses)
	for _, wrong := range y.wrong {
		t.Error(wrong)
	}
	if y.statuses["request 503"] == 0 {
		t.Error("no request failed during the outage; the test shows nothing")
	}
}

// awaitLogins logs in until at least 19 logins in a row have succeeded.
func awaitLogins(t *testing.T, i instance) time.Duration {
	t.Helper()
	start := time.Now()
	for good := 0; good < 20; good++ {
		if w := i.login("a late user"); w.Code != http.StatusOK {
			good = 0
		}
		if time.Since(start) > 30*time.Second {
			t.Fatal("logins do not succeed again")
		}
	}
	return time.Since(start)
}

func logins(t *testing.T, i instance, n int) []string {
	t.Helper()
	tokens := make([]string, n)
	for j := range tokens {
		w := i.login(fmt.Sprint("early user ", j))
		if w.Code != http.StatusOK {
			t.Fatalf("login: %d %s", w.Code, w.Body)
		}
		tokens[j] = tokenOf(t, w)
	}
	return tokens
}

func checkAll(t *testing.T, i instance, tokens []string) {
	t.Helper()
	for _, token := range tokens {
		if w := i.request(token); w.Code != http.StatusOK {
			t.Errorf("a login of before: %d %s", w.Code, w.Body)
		}
	}
}

// TestRedisComesAndGoes interrupts Redis in three ways. During an outage, each reply must
// be 200 or store_unavailable. Afterwards, the 100 logins from before the outages must work.
func TestRedisComesAndGoes(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	i := newInstance(t, "redis://"+server.Addr, wxtest.NewServer(app))
	tokens := logins(t, i, 100)
	for name, outage := range map[string]func(){
		"restart": func() { server.Stop(); i.request(tokens[0]); server.Restart() },
		"hang":    func() { server.Pause(); i.request(tokens[0]); i.request(tokens[0]); server.Resume() },
		"crash":   func() { server.CutConnections(); server.Stop(); i.request(tokens[0]); server.Restart() },
	} {
		t.Run(name, func(t *testing.T) {
			load(t, i, tokens, func() {
				outage()
				t.Logf("logins succeed after %v", awaitLogins(t, i).Round(time.Millisecond))
			})
			checkAll(t, i, tokens)
		})
	}
}
