package wxauth_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

var protocols = map[string]bool{"HTTP 1.1": false, "HTTP 2": true}

func serveTLS(t *testing.T, http2 bool, h http.Handler) (string, *http.Client) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, s.Client()
}

func bearer(t *testing.T, ctx context.Context, method, url, token string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

func middlewares(a *wxauth.Auth) map[string]func(http.Handler) http.Handler {
	return map[string]func(http.Handler) http.Handler{"Identify": a.Identify, "Require": a.Require, "LoadAndSave": a.LoadAndSave}
}

func eachWay(t *testing.T, test func(t *testing.T, http2 bool, b *beside, wrap func(http.Handler) http.Handler)) {
	for protocol, http2 := range protocols {
		for _, name := range []string{"Identify", "Require", "LoadAndSave"} {
			t.Run(name+" over "+protocol, func(t *testing.T) {
				b := newBeside(t)
				test(t, http2, b, middlewares(b.auth)[name])
			})
		}
	}
}

// TestFlush checks that a client receives flushed data while the handler still runs.
func TestFlush(t *testing.T) {
	eachWay(t, func(t *testing.T, http2 bool, b *beside, wrap func(http.Handler) http.Handler) {
		token := login(t, b.auth, b.wechat.Phone(appID, openID))
		read := make(chan struct{})
		url, client := serveTLS(t, http2, wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, "first")
			if _, ok := w.(http.Flusher); !ok {
				t.Error("no Flusher")
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
				return
			}
			select {
			case <-read:
			case <-r.Context().Done():
			}
			fmt.Fprintln(w, "second")
		})))
		resp, err := client.Do(bearer(t, t.Context(), "GET", url, token))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body := bufio.NewReader(resp.Body)
		first, err := body.ReadString('\n')
		close(read)
		rest, err2 := io.ReadAll(body)
		if first != "first\n" || string(rest) != "second\n" || err != nil || err2 != nil {
			t.Errorf("got %q, %v and %q, %v", first, err, rest, err2)
		}
	})
}

func TestEarlyHints(t *testing.T) {
	eachWay(t, func(t *testing.T, http2 bool, b *beside, wrap func(http.Handler) http.Handler) {
		token := login(t, b.auth, b.wechat.Phone(appID, openID))
		url, client := serveTLS(t, http2, wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			io.WriteString(w, "done")
		})))
		var got []string
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
				got = append(got, fmt.Sprint(code, h.Get("Link")))
				return nil
			},
		})
		resp, err := client.Do(bearer(t, ctx, "GET", url, token))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if diff := cmp.Diff([]string{"103</style.css>; rel=preload"}, got); diff != "" || resp.StatusCode != 200 {
			t.Errorf("got %d, 1xx (-want +got):\n%s", resp.StatusCode, diff)
		}
	})
}

// TestDeadlines checks, for example, that a read deadline in the past stops a handler from
// waiting for a body that never arrives.
func TestDeadlines(t *testing.T) {
	eachWay(t, func(t *testing.T, http2 bool, b *beside, wrap func(http.Handler) http.Handler) {
		token := login(t, b.auth, b.wechat.Phone(appID, openID))
		url, client := serveTLS(t, http2, wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := http.NewResponseController(w)
			for what, err := range map[string]error{
				"SetReadDeadline":  c.SetReadDeadline(time.Now().Add(-time.Second)),
				"SetWriteDeadline": c.SetWriteDeadline(time.Now().Add(time.Hour)),
				"EnableFullDuplex": c.EnableFullDuplex(),
			} {
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, err := io.ReadAll(r.Body)
			var timeout interface{ Timeout() bool }
			fmt.Fprint(w, errors.As(err, &timeout) && timeout.Timeout())
		})))
		body, stop := io.Pipe() // the body never arrives
		defer stop.Close()
		r := bearer(t, t.Context(), "POST", url, token)
		r.Body, r.ContentLength = body, 1
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); string(b) != "true" || err != nil {
			t.Errorf("timed out: %s, %v", b, err)
		}
	})
}

// TestHijackAndReadFrom checks, for example, that LoadAndSave saves the data that a handler
// put into the session before it hijacked the connection.
func TestHijackAndReadFrom(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	for name, wrap := range middlewares(b.auth) {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			hijack := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if name == "LoadAndSave" {
					b.sessions.Put(r.Context(), "hijacked", true)
				}
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				io.WriteString(conn, "HTTP/1.1 299 Mine\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			}))
			mux := http.NewServeMux()
			mux.HandleFunc("/hijack", func(w http.ResponseWriter, r *http.Request) {
				defer close(done) // runs after the middleware has returned, so LoadAndSave has saved the data
				hijack.ServeHTTP(w, r)
			})
			mux.Handle("/copy", wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				from, ok := w.(io.ReaderFrom)
				if !ok {
					t.Error("no ReaderFrom")
					return
				}
				if n, err := from.ReadFrom(strings.NewReader("copied")); n != 6 || err != nil {
					t.Error(n, err)
				}
			})))
			url, client := serveTLS(t, false, mux)
			resp, err := client.Do(bearer(t, t.Context(), "GET", url+"/hijack", token))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != 299 {
				t.Errorf("hijacked: got %d", resp.StatusCode)
			}
			<-done
			resp, err = client.Do(bearer(t, t.Context(), "GET", url+"/copy", token))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if b, err := io.ReadAll(resp.Body); string(b) != "copied" || err != nil {
				t.Errorf("copied: %q, %v", b, err)
			}
		})
	}
	if b.values(t, token)["hijacked"] != true {
		t.Error("data put before a hijack was not saved")
	}
}
