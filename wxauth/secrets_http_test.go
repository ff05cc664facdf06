package wxauth_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestSecretsWouldBeFound checks that the type watch finds secrets that an ordinary HTTP
// client leaks into errors, logs and traces.
func TestSecretsWouldBeFound(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		w := newWatch()
		w.secret("AppSecret", "S3cr/+&=%9fQxZt7LmKw2Vb")
		w.secret("session_key", "tiihtNczf5v6AKRyjwEUhQ==")
		api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", ":"+r.URL.String())
			w.WriteHeader(302)
			io.WriteString(w, `{"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`)
		}))
		api.EnableHTTP2 = http2
		api.StartTLS()
		client := api.Client()
		client.Transport = w.instrument(client.Transport)
		r, err := http.NewRequestWithContext(w.trace(background), "GET", api.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = "secret=S3cr%2F%2B%26%3D%259fQxZt7LmKw2Vb"
		_, err = client.Do(r)
		api.Close()
		w.chain("error", err)
		w.logger().Info("failed", "error", err)

		found := strings.Join(w.found(), "\n")
		want := []string{"error", "logged error", "JSON log", "text log", "Instrument's request", "Instrument's request (by reflection)",
			"Instrument's response", "Instrument's response (by reflection)"}
		if http2 {
			want = append(want, "httptrace")
		}
		for _, where := range want {
			if !strings.Contains(found, "\n"+where+" shows the AppSecret") && !strings.HasPrefix(found, where+" shows the AppSecret") {
				t.Errorf("HTTP/2 %v: %s: nothing found", http2, where)
			}
		}
		if !strings.Contains(found, "Instrument's response shows the session_key") {
			t.Errorf("HTTP/2 %v: no session_key found", http2)
		}
	}
}

// TestSecretsInBrokenHTTP checks that the AppSecret does not leak if WeChat's answer
// violates HTTP and quotes the query of the request.
func TestSecretsInBrokenHTTP(t *testing.T) {
	tests := map[string]string{
		"status":          "HTTP/1.1 %s\r\n\r\n",
		"status code":     "HTTP/1.1 5%s Oops\r\n\r\n",
		"version":         "%s 200 OK\r\n\r\n",
		"header":          "HTTP/1.1 502 Oops\r\n%s\r\n\r\n",
		"length":          "HTTP/1.1 502 Oops\r\nContent-Length: %s\r\n\r\n",
		"chunk":           "HTTP/1.1 502 Oops\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n",
		"encoding":        "HTTP/1.1 502 Oops\r\nTransfer-Encoding: %s\r\n\r\n",
		"protocol change": "HTTP/1.1 101 %[1]s\r\nUpgrade: %[1]s\r\nConnection: Upgrade\r\n\r\n%[1]s",
	}
	w := newWatch()
	w.standardLog(t)
	t.Run("in the", func(t *testing.T) {
		for name, format := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				app := wxauth.App{ID: appID, Secret: strings.ReplaceAll(name, " ", "-") + ":" + rand.Text()}
				w.secret("AppSecret of "+name, app.Secret)
				transport := &http.Transport{}
				auth, _ := newAuth(t, wxauth.Config{Apps: []wxauth.App{app}, Logger: w.logger(), API: wxapi.Options{
					Hosts: []string{"http://" + echo(t, format)}, Transport: transport, Instrument: w.instrument}})
				reply := serve(auth.LoginHandler(), "POST", "/login", "", `{"code":"0a3b5c7d9e1f"}`)
				transport.CloseIdleConnections()
				if code(reply) != "wechat_bad_reply" && code(reply) != "wechat_unavailable" {
					t.Errorf("got %d %s", reply.Code, reply.Body)
				}
				w.add("response", reply.Body.String())
			})
		}
	})
	w.check(t)
}

// echo starts a server that quotes the query of each request in its answer. It returns the
// server's address.
func echo(t *testing.T, format string) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 4096)
			n, _ := conn.Read(b)
			_, query, _ := strings.Cut(string(b[:n]), "?")
			query, _, _ = strings.Cut(query, " ")
			fmt.Fprintf(conn, format, query)
			conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	})
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
	})
	return listener.Addr().String()
}
