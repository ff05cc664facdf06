package wxtest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"

	"example.com/wxlogin/wxauth/wxtest"
)

// TestTransportTrace checks that Server.Transport calls the same hooks as http.Transport. It
// checks only the four hooks of the test.
func TestTransportTrace(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault wxtest.Fault
		hooks string
	}{
		{"reply", wxtest.Fault{}, "GetConn GotConn WroteRequest GotFirstResponseByte"},
		{"dropped", wxtest.Fault{Drop: true}, "GetConn GotConn WroteRequest"},
		{"refused", wxtest.Fault{Refuse: true}, "GetConn"},
	} {
		t.Run(test.name, func(t *testing.T) {
			trace := func(w *world) (hooks string, err error) {
				var seen []string
				note := func(what string) { seen = append(seen, what) }
				ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
					GetConn: func(hostPort string) {
						if _, port, err := net.SplitHostPort(hostPort); err != nil || port == "" {
							t.Errorf("GetConn(%q)", hostPort)
						}
						note("GetConn")
					},
					GotConn: func(i httptrace.GotConnInfo) {
						if i.Conn.RemoteAddr() == nil {
							t.Error("GotConn without an address")
						}
						note("GotConn")
					},
					WroteRequest:         func(httptrace.WroteRequestInfo) { note("WroteRequest") },
					GotFirstResponseByte: func() { note("GotFirstResponseByte") },
				})
				r, _ := http.NewRequestWithContext(ctx, "GET", w.base+login, nil)
				reply, err := w.client.Transport.RoundTrip(r)
				if err == nil {
					reply.Body.Close()
				}
				return strings.Join(seen, " "), err
			}

			fake := overTransport(t)
			fake.wechat.FailNext(test.fault)
			hooks, err := trace(fake)
			if hooks != test.hooks {
				t.Errorf("hooks %s, want %s", hooks, test.hooks)
			}
			real := overLoopback(t)
			if test.fault.Refuse {
				real.wechat.Close()
			} else {
				real.wechat.FailNext(test.fault)
			}
			realHooks, realErr := trace(real)
			if realHooks != test.hooks {
				t.Errorf("net/http's hooks %s, want %s", realHooks, test.hooks)
			}
			var fakeOp, realOp *net.OpError
			if errors.As(err, &fakeOp) != errors.As(realErr, &realOp) || (err == nil) != (realErr == nil) {
				t.Errorf("error %v, net/http's %v", err, realErr)
			}
			if test.fault.Refuse && (fakeOp == nil || fakeOp.Op != "dial" || realOp == nil || realOp.Op != "dial" || !errors.Is(err, syscall.ECONNREFUSED)) {
				t.Errorf("error %#v, net/http's %#v", err, realErr)
			}
		})
	}
}

func TestTransportContext(t *testing.T) {
	w := overTransport(t)
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "GET", w.base+login, nil)
	reply, err := w.client.Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(reply.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("reading the body after the end of the context: %v", err)
	}
	if _, err := w.client.Transport.RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Errorf("a call after the end of the context: %v", err)
	}
	if n := w.wechat.Count(""); n != 1 {
		t.Errorf("%d calls arrived, want 1", n)
	}
}
