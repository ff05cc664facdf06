package benchmarks_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/wxlogin/benchmarks/internal/rig"
)

// BenchmarkLogin measures logins, one after the other. Each login sends one GET to WeChat.
// For comparison, BenchmarkLogin also measures this GET alone, with an http.Client.
func BenchmarkLogin(b *testing.B) {
	b.Run("get", func(b *testing.B) {
		wechat := newWeChat(b)
		client := http.Client{Transport: new(http.Transport)}
		defer client.CloseIdleConnections()
		b.ReportAllocs()
		for b.Loop() {
			resp, err := client.Get(wechat.URL + "/sns/jscode2session?appid=" + rig.App.ID +
				"&grant_type=authorization_code&js_code=" + wechat.code() + "&secret=" + rig.App.Secret)
			if err != nil {
				b.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || !strings.Contains(string(body), `"openid":"`) {
				b.Fatalf("%d %s %v", resp.StatusCode, body, err)
			}
		}
	})
	b.Run("login-handler", func(b *testing.B) {
		wechat := newWeChat(b)
		h := wechat.handler(b, nil)
		w := make(rig.Discard)
		b.ReportAllocs()
		for b.Loop() {
			w.Serve(rig.Row{Handler: h, Request: post(wechat.code())})
		}
	})
}

// BenchmarkLogins measures the logins of 64 concurrent clients. Before the measurement,
// the fake WeChat holds back its answers until 64 calls have arrived. These calls need 64
// connections. BenchmarkLogins reports the number of connections to the fake WeChat, and
// how many of them were dialed during the measurement.
func BenchmarkLogins(b *testing.B) {
	const clients = 64
	for _, row := range []struct {
		name      string
		transport http.RoundTripper
		requests  int
	}{
		{"login-handler", nil, 2048},
		{"default-transport", http.DefaultTransport, 320}, // fewer logins, because each takes longer
	} {
		b.Run(row.name, func(b *testing.B) {
			wechat := newWeChat(b)
			h := wechat.handler(b, row.transport)
			login := func(w rig.Discard) { w.Serve(rig.Row{Handler: h, Request: post(wechat.code())}) }

			var logins, calls sync.WaitGroup
			calls.Add(clients)
			wechat.hold = func() { calls.Done(); calls.Wait() }
			for range clients {
				logins.Go(func() { login(make(rig.Discard)) })
			}
			logins.Wait()
			wechat.hold = nil

			var warm int64
			rig.Measure(b, rig.Clients{N: clients, Requests: row.requests}, func() { warm = wechat.conns.Load() }, login)
			conns := wechat.conns.Load()
			b.ReportMetric(float64(conns), "conns")
			b.ReportMetric(float64(conns-warm), "warm-dials")
		})
	}
}

// BenchmarkOneCode sends 1,000 concurrent login requests with the same code, and reports
// how many calls to WeChat they cause. Each iteration uses a new code. The fake WeChat
// answers after all 1,000 requests have started.
func BenchmarkOneCode(b *testing.B) {
	const posts = 1000
	wechat := newWeChat(b)
	h := wechat.handler(b, nil)
	calls := wechat.calls.Load()
	for b.Loop() {
		var begun, done sync.WaitGroup
		begun.Add(posts)
		wechat.hold = begun.Wait
		var ok atomic.Int64
		code := wechat.code()
		for range posts {
			done.Go(func() {
				w := httptest.NewRecorder()
				begun.Done()
				h.ServeHTTP(w, post(code))
				switch {
				case w.Code == http.StatusOK:
					ok.Add(1)
				case !strings.Contains(w.Body.String(), "invalid_code"):
					// Only the error invalid_code is correct. A request gets it if another
					// request with the same code of wx.login has already got its answer.
					b.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		done.Wait()
		if ok.Load() == 0 {
			b.Fatal("nobody was logged in")
		}
	}
	b.ReportMetric(float64(wechat.calls.Load()-calls)/float64(b.N), "calls/code")
}
