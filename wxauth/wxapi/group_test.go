package wxapi_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

func TestGroupSharesConnections(t *testing.T) {
	const apps, maxInFlight = 1000, 256
	var calls, opened atomic.Int64
	var together gauge
	wechat := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		together.add(1)
		defer together.add(-1)
		time.Sleep(10 * time.Millisecond) // makes the calls overlap
		io.WriteString(w, `{"openid":"o","session_key":"k"}`)
	}))
	wechat.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	wechat.Start()
	defer wechat.Close()
	group := wxapi.NewGroup(wxapi.Options{Hosts: []string{wechat.URL}, Timeout: time.Minute})
	clients := make([]*wxapi.Client, apps)
	for i := range clients {
		clients[i] = group.Client(wxapi.App{ID: fmt.Sprint("wx", i), Secret: "s"})
	}
	for range 2 {
		var logins sync.WaitGroup
		var failed atomic.Int64
		for _, client := range clients {
			logins.Go(func() {
				if _, err := client.Code2Session(background, "code"); err != nil {
					failed.Add(1)
				}
			})
		}
		logins.Wait()
		if failed.Load() != 0 {
			t.Fatalf("%d of %d logins failed", failed.Load(), apps)
		}
	}
	// On a busy machine, net/http sometimes closes a connection after a reply and opens a
	// new one. In total, the test allows an eighth more new connections than MaxInFlight.
	if opened := opened.Load(); calls.Load() != 2*apps || opened > maxInFlight*9/8 || together.peak() > maxInFlight {
		t.Errorf("%d calls over %d connections, up to %d at once; want %d over at most %d",
			calls.Load(), opened, together.peak(), 2*apps, maxInFlight)
	}
}

type gauge struct {
	mu        sync.Mutex
	now, most int
}

func (g *gauge) peak() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.most
}

func (g *gauge) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now += n
	g.most = max(g.most, g.now)
}
