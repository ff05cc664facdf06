package wxtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxtest"
)

// TestFaults sends the same login code in two calls. Only the first call can have a fault.
// The second reply shows whether the first call used up the code.
func TestFaults(t *testing.T) {
	const (
		broken    = "broken"    // the caller gets no reply or an incomplete reply
		goesOn    = "ok"        // the reply contains a session_key
		used      = "code used" // the errcode is 40163
		plainBusy = "system error"
		host      = "api.weixin.net"
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
			{"unknown errcode", fault{ErrCode: 99999}, plainError(99999, "error"), goesOn},
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

// TestTruncatedBodyIsWhole checks that the caller gets the whole body and then a read
// error. Truncate exists to catch callers that ignore the read error.
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

// TestDelayOverLoopback checks that a delay ends when the caller disconnects.
func TestDelayOverLoopback(t *testing.T) {
	w := overLoopback(t)
	seen := make(chan wxtest.Call, 1)
	w.wechat.OnCall(func(c wxtest.Call) { seen <- c })
	w.wechat.FailNext(wxtest.Fault{Delay: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for w.wechat.Count("") == 0 {
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

// TestDropOnKeptConnection checks that http.Transport sends a GET a second time if the
// server drops a reused connection. The server drops the connection after the code is used
// up, so the repeated GET gets 40163.
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

func TestStatusWithRetryAfter(t *testing.T) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		w := newWorld(t)
		for _, status := range []int{429, 502, 503, 504} {
			for _, after := range []string{"7", "Wed, 21 Oct 2026 07:28:00 GMT", ""} {
				fault := wxtest.Fault{Status: status}
				if after != "" {
					fault.Header = http.Header{"Retry-After": {after}}
				}
				w.wechat.FailNext(fault)
				reply, err := w.do("GET", login, loginParams(w.phone.Login()), nil)
				if err != nil {
					t.Fatal(err)
				}
				reply.Body.Close()
				if reply.StatusCode != status || reply.Header.Get("Retry-After") != after {
					t.Errorf("status %d, Retry-After %q; want %d, %q", reply.StatusCode, reply.Header.Get("Retry-After"), status, after)
				}
			}
		}
	})
}

// TestHold sends one login code in two calls and holds the first call. It checks which call
// uses up the code.
func TestHold(t *testing.T) {
	used := plainError(40163, "code been used")
	for _, test := range []struct {
		name         string
		takesEffect  bool
		held, second string
	}{
		{"before WeChat carries out the call", false, used, "session_key"},
		{"after WeChat carried out the call", true, "session_key", used},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := overTransport(t)
				code := w.phone.Login()
				release := make(chan struct{})
				w.wechat.FailNext(wxtest.Fault{Hold: release, TakesEffect: test.takesEffect})
				held := make(chan string)
				go func() { held <- w.send("GET", login, loginParams(code), "") }()
				synctest.Wait()
				if n, others := w.wechat.InFlight(login), w.wechat.InFlight(check); n != 1 || others != 0 {
					t.Errorf("%d logins and %d checks in flight, want 1 and 0", n, others)
				}
				if got := w.send("GET", login, loginParams(code), ""); !strings.Contains(got, test.second) {
					t.Errorf("the second call got %s, want %s", got, test.second)
				}
				close(release)
				if got := <-held; !strings.Contains(got, test.held) {
					t.Errorf("the held call got %s, want %s", got, test.held)
				}
				if n := w.wechat.InFlight(""); n != 0 {
					t.Errorf("%d calls in flight after the release, want 0", n)
				}
			})
		})
	}
}

func TestHoldOverConnections(t *testing.T) {
	for name, newWorld := range map[string]func(*testing.T) *world{"loopback": overLoopback, "HTTP2": overHTTP2} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			release := make(chan struct{})
			w.wechat.FailNext(wxtest.Fault{Hold: release})
			held := make(chan string)
			go func() { held <- w.send("GET", login, loginParams(w.phone.Login()), "") }()
			for w.wechat.InFlight(login) == 0 {
				runtime.Gosched()
			}
			close(release)
			if got := <-held; !strings.Contains(got, openID) {
				t.Errorf("the held call got %s", got)
			}
		})
	}
}

func TestHoldEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		w.wechat.FailNext(wxtest.Fault{Hold: make(chan struct{}), Delay: time.Second})
		if took, err := w.timeLogin(w.phone.Login(), 3*time.Second); took != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("took %s, error %v", took, err)
		}
		if n := w.wechat.InFlight(""); n != 0 {
			t.Errorf("%d calls in flight, want 0", n)
		}
	})
}
