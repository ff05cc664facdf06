package wxtest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxtest"
)

// TestFaults holds one login against each fault and sees what the next one,
// with the same code and without a fault, makes of it.
func TestFaults(t *testing.T) {
	const (
		broken    = "broken"         // no whole reply
		goesOn    = "ok"             // a session
		used      = "code used"      // by the call that went wrong
		plainBusy = "system error"   // errmsg of -1
		host      = "api.weixin.net" // of a Location
	)
	type fault = wxtest.Fault
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		for _, test := range []struct {
			name  string
			fault fault
			want  string
			next  string
		}{
			{"none", fault{}, goesOn, used},
			{"errcode", fault{ErrCode: -1}, plainError(-1, plainBusy), goesOn},
			{"errcode after effect", fault{ErrCode: -1, TakesEffect: true}, plainError(-1, plainBusy), used},
			{"errcode with errmsg", fault{ErrCode: 40226, ErrMsg: "<no>"}, plainError(40226, "<no>"), goesOn},
			{"errcode unheard of", fault{ErrCode: 99999}, plainError(99999, "error"), goesOn},
			{"errcode as string", fault{ErrCode: 45011, QuoteErrCode: true}, `200 text/plain {"errcode":"45011","errmsg":"api minute-quota reach limit, must slower, retry next minute, rid: R"}`, goesOn},
			{"status", fault{Status: 502}, "502 text/html ", goesOn},
			{"status with errcode", fault{Status: 500, ErrCode: -1}, strings.Replace(plainError(-1, plainBusy), "200", "500", 1), goesOn},
			{"status after effect", fault{Status: 502, TakesEffect: true}, "502 text/html ", used},
			{"empty body", fault{Status: 200}, "200 text/html ", goesOn},
			{"body", fault{Body: `{"openid":`}, `200 text/plain {"openid":`, goesOn},
			{"header", fault{Body: "x", Header: http.Header{"content-type": {"application/json"}}}, "200 application/json x", goesOn},
			{"header alone", fault{Header: http.Header{"X-Proxy": {"1"}}}, goesOn, used},
			{"redirect", fault{Redirect: "https://" + host + "/"}, "302 text/html ", goesOn},
			{"redirect by 307", fault{Redirect: "https://" + host + "/", Status: 307}, "307 text/html ", goesOn},
			{"truncated", fault{Truncate: true}, broken, used},
			{"truncated body", fault{Truncate: true, Body: "{}"}, broken, goesOn},
			{"dropped", fault{Drop: true}, broken, goesOn},
			{"dropped after effect", fault{Drop: true, TakesEffect: true}, broken, used},
			{"refused", fault{Refuse: true, TakesEffect: true}, broken, goesOn},
			{"of another path", fault{Path: check, ErrCode: -1}, goesOn, used},
			{"of this path", fault{Path: login, ErrCode: -1}, plainError(-1, plainBusy), goesOn},
		} {
			t.Run(test.name, func(t *testing.T) {
				w := newWorld(t)
				code := w.phone.Login()
				attempt := func() string {
					reply, err := w.do("GET", login, loginParams(code), nil)
					if err != nil {
						return broken
					}
					defer reply.Body.Close()
					body, err := io.ReadAll(reply.Body)
					if err != nil {
						return broken
					}
					if want := test.fault.Redirect; reply.StatusCode/100 == 3 && reply.Header.Get("Location") != want {
						t.Errorf("Location %q, want %q", reply.Header.Get("Location"), want)
					}
					line := reply.Status[:3] + " " + reply.Header.Get("Content-Type") + " " + hideRID(string(body))
					switch {
					case strings.HasPrefix(line, `200 text/plain {"session_key"`):
						return goesOn
					case line == plainError(40163, "code been used"):
						return used
					}
					return line
				}
				w.wechat.FailNext(test.fault)
				if diff := cmp.Diff(test.want, attempt()); diff != "" {
					t.Errorf("with the fault (-want +got):\n%s", diff)
				}
				w.wechat.ClearFaults()
				if diff := cmp.Diff(test.next, attempt()); diff != "" {
					t.Errorf("next (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestEcho(t *testing.T) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		w := newWorld(t)
		w.wechat.FailNext(wxtest.Fault{Status: 502, Echo: true})
		q := loginParams("the code")
		want := "502 text/html <html><body>cannot handle GET " + w.base + login + "?" + q.Encode() + "</body></html>"
		if diff := cmp.Diff(want, w.send("GET", login, q, "")); diff != "" {
			t.Errorf("reply (-want +got):\n%s", diff)
		}
	})
}

// TestTruncatedBodyIsWhole checks that a caller who overlooks the broken
// connection would see a good reply: that is what the fault is for.
func TestTruncatedBodyIsWhole(t *testing.T) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		w := newWorld(t)
		w.wechat.FailNext(wxtest.Fault{Truncate: true, Body: "{}"})
		reply, err := w.do("GET", login, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer reply.Body.Close()
		body, err := io.ReadAll(reply.Body)
		if string(body) != "{}" || err == nil || reply.ContentLength != 3 {
			t.Errorf("body %q, length %d, error %v", body, reply.ContentLength, err)
		}
	})
}

func TestFaultQueue(t *testing.T) {
	w := overTransport(t)
	ask := func(path string) string {
		got := w.send("GET", path, nil, "")
		_, got, _ = strings.Cut(got, `"errcode":`)
		got, _, _ = strings.Cut(got, ",")
		return got
	}
	w.wechat.FailAlways(wxtest.Fault{ErrCode: 9})
	w.wechat.FailNext(wxtest.Fault{Path: check, ErrCode: 1}, wxtest.Fault{ErrCode: 2}, wxtest.Fault{}, wxtest.Fault{Path: login, ErrCode: 3})
	var got []string
	for _, path := range []string{login, login, check, check, login, login} {
		got = append(got, ask(path))
	}
	w.wechat.FailAlways(wxtest.Fault{Path: check, ErrCode: 8})
	got = append(got, ask(check), ask(login))
	w.wechat.FailNext(wxtest.Fault{ErrCode: 7})
	w.wechat.ClearFaults()
	got = append(got, ask(check))
	want := []string{"2", "41002", "1", "9", "3", "9", "8", "41002", "41001"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errcodes (-want +got):\n%s", diff)
	}
}

func TestDelay(t *testing.T) {
	for _, test := range []struct {
		name    string
		fault   wxtest.Fault
		timeout time.Duration
		takes   time.Duration
		fails   error
		used    bool
	}{
		{"in time", wxtest.Fault{Delay: 2 * time.Second}, 3 * time.Second, 2 * time.Second, nil, true},
		{"too late", wxtest.Fault{Delay: 4 * time.Second}, 3 * time.Second, 3 * time.Second, context.DeadlineExceeded, false},
		{"too late, after effect", wxtest.Fault{Delay: 4 * time.Second, TakesEffect: true}, 3 * time.Second, 3 * time.Second, context.DeadlineExceeded, true},
		{"dropped late", wxtest.Fault{Delay: time.Second, Drop: true}, 3 * time.Second, time.Second, io.ErrUnexpectedEOF, false},
		{"refused late", wxtest.Fault{Delay: time.Second, Refuse: true}, 3 * time.Second, time.Second, syscall.ECONNREFUSED, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := overTransport(t)
				code := w.phone.Login()
				w.wechat.FailNext(test.fault)
				ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
				defer cancel()
				r, _ := http.NewRequestWithContext(ctx, "GET", w.base+login+"?"+loginParams(code).Encode(), nil)
				began := time.Now()
				reply, err := w.wechat.Transport().RoundTrip(r)
				if err == nil {
					reply.Body.Close()
				}
				if !errors.Is(err, test.fails) {
					t.Errorf("error %v, want %v", err, test.fails)
				}
				if took := time.Since(began); took != test.takes {
					t.Errorf("took %s, want %s", took, test.takes)
				}
				again := w.send("GET", login, loginParams(code), "")
				if used := again == plainError(40163, "code been used"); used != test.used {
					t.Errorf("code used: %t, want %t", used, test.used)
				}
			})
		})
	}
}

// TestDelayOverLoopback checks that a delay ends when the caller goes away.
func TestDelayOverLoopback(t *testing.T) {
	w := overLoopback(t)
	seen := make(chan wxtest.Call, 1)
	w.wechat.OnCall(func(c wxtest.Call) { seen <- c })
	w.wechat.FailNext(wxtest.Fault{Delay: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for w.wechat.Count("") == 0 { // until the call has arrived
			runtime.Gosched()
		}
		cancel()
	}()
	r, _ := http.NewRequestWithContext(ctx, "GET", w.base+login, nil)
	if _, err := w.client.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if c := <-seen; c.Status != 0 {
		t.Errorf("a reply with status %d", c.Status)
	}
}

func TestCodeLife(t *testing.T) {
	for _, test := range []struct {
		age  time.Duration
		want bool
	}{{5*time.Minute - 1, true}, {5 * time.Minute, false}} {
		synctest.Test(t, func(t *testing.T) {
			w := overTransport(t)
			code, number := w.phone.Login(), w.phone.PhoneCode("86", "13580006666")
			token := w.token(false).Token
			time.Sleep(test.age - time.Minute)
			w.wechat.Advance(time.Minute)
			got := w.send("GET", login, loginParams(code), "")
			if live := got != plainError(40029, "invalid code"); live != test.want {
				t.Errorf("login code after %s: %s", test.age, got)
			}
			got = w.send("POST", phoneInfo, params("access_token", token), `{"code":"`+number+`"}`)
			if live := got != jsonError(40029, "invalid code"); live != test.want {
				t.Errorf("phone code after %s: %s", test.age, got)
			}
		})
	}
}

// TestTransportTrace holds the hooks and errors of Transport against those of
// net/http's own over loopback.
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

func TestClose(t *testing.T) {
	w := overLoopback(t)
	if w.wechat.URL() != w.base || !strings.HasPrefix(w.base, "http://127.0.0.1:") {
		t.Errorf("URL %s, then %s", w.base, w.wechat.URL())
	}
	w.wechat.Close()
	w.wechat.Close()
	if _, err := w.do("GET", login, nil, nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a call after Close: %v", err)
	}
	newServer().Close() // that has never listened
}

func TestHTTP2IsWhatItSays(t *testing.T) {
	w := overHTTP2(t)
	reply, err := w.do("GET", login, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.ProtoMajor != 2 || reply.TLS == nil || reply.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%s", reply.Proto)
	}
}

// TestDropOnKeptConnection shows what Fault.Drop's comment says of net/http: on
// a connection that has served before, it sends a GET again by itself, and the
// caller gets to see the second reply only.
func TestDropOnKeptConnection(t *testing.T) {
	w := overLoopback(t)
	w.client.Transport = new(http.Transport)
	defer w.client.CloseIdleConnections()
	w.exchange(w.phone.Login())
	w.wechat.FailNext(wxtest.Fault{Drop: true, TakesEffect: true})
	got := w.send("GET", login, loginParams(w.phone.Login()), "")
	if want := plainError(40163, "code been used"); got != want {
		t.Errorf("reply %s, want %s", got, want)
	}
}
