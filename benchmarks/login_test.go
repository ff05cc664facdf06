package benchmarks_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// weChat answers code2Session over TLS on loopback, each code with a user of
// its own: nobody logs in thousands of times. It does no more than that, so
// that what is measured is the client.
type weChat struct {
	*httptest.Server
	conns, calls, codes atomic.Int64
	hold                func() // what a call waits for, if not nil
}

func newWeChat(b *testing.B) *weChat {
	b.Helper()
	s := new(weChat)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.URL.Path != "/sns/jscode2session" || q.Get("appid") != rig.App.ID || q.Get("secret") != rig.App.Secret ||
			len(q.Get("js_code")) != 32 || q.Get("grant_type") != "authorization_code" {
			http.Error(w, "not a code2Session call", http.StatusBadRequest)
			return
		}
		s.calls.Add(1)
		if s.hold != nil {
			s.hold()
		}
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, `{"session_key":"tiihtNczf5v6AKRyjwEUhQ==","openid":"%s"}`, q.Get("js_code")[4:])
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	// net/http's client closes a connection halfway if another one is free by then.
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	b.Cleanup(s.Close)
	// The certificate is trusted the way that leaves the transports as they
	// are: as one of the system's. They are read once in a process, but it is
	// the same for all servers of httptest.
	file := filepath.Join(b.TempDir(), "root.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, cert, 0o600); err != nil {
		b.Fatal(err)
	}
	b.Setenv("SSL_CERT_FILE", file)
	return s
}

// code is a new one.
func (s *weChat) code() string { return fmt.Sprintf("%032d", s.codes.Add(1)) }

// handler is a LoginHandler that calls the server over a transport, or over
// the default one.
func (s *weChat) handler(b *testing.B, transport http.RoundTripper) http.Handler {
	b.Helper()
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{rig.App},
		// The timeout is for a machine that is too busy for 64 handshakes at once.
		API: wxapi.Options{Hosts: []string{s.URL}, Transport: transport, Timeout: time.Minute}})
	if err != nil {
		b.Fatal(err)
	}
	h := auth.LoginHandler()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, post(s.code()))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"token":"`) {
		b.Fatalf("login: %d %s", w.Code, w.Body)
	}
	return h
}

// post is a mini program's login.
func post(code string) *http.Request {
	r, err := http.NewRequest("POST", "/login", strings.NewReader(`{"code":"`+code+`"}`))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// BenchmarkLogin is one login after the other.
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

// BenchmarkLogins is 64 logins at once. conns are the connections that it took
// to get from none to the end of the first round.
func BenchmarkLogins(b *testing.B) {
	for _, row := range []struct {
		name      string
		transport http.RoundTripper
		requests  int
	}{
		{"login-handler", nil, 2048},
		{"default-transport", http.DefaultTransport, 320}, // each takes long
	} {
		b.Run(row.name, func(b *testing.B) {
			wechat := newWeChat(b)
			h := wechat.handler(b, row.transport) // which has made one connection
			load := rig.Load{Clients: 64, Requests: row.requests}
			var conns int64
			load.Run(b, func() { conns = wechat.conns.Load() }, func(w rig.Discard) { w.Serve(rig.Row{Handler: h, Request: post(wechat.code())}) })
			b.ReportMetric(float64(conns), "conns")
		})
	}
}

// BenchmarkOneCode is 1,000 posts of one code at once, all of them on their way
// before WeChat answers.
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
					// One who comes after the answer is told that the code is used.
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
