package wxtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth/wxtest"
)

func TestSetLatency(t *testing.T) {
	for _, test := range []struct {
		name    string
		fault   wxtest.Fault
		timeout time.Duration
		takes   time.Duration
		fails   error
		used    bool
	}{
		{"alone", wxtest.Fault{}, 3 * time.Second, 300 * time.Millisecond, nil, true},
		{"beside a delay", wxtest.Fault{Delay: time.Second}, 3 * time.Second, 1300 * time.Millisecond, nil, true},
		{"of a refusal", wxtest.Fault{Status: 503}, 3 * time.Second, 300 * time.Millisecond, nil, false},
		{"of a dropped connection", wxtest.Fault{Drop: true}, 3 * time.Second, 300 * time.Millisecond, io.ErrUnexpectedEOF, false},
		{"not of a refused connection", wxtest.Fault{Refuse: true}, 3 * time.Second, 0, syscall.ECONNREFUSED, false},
		{"caller does not wait", wxtest.Fault{}, 200 * time.Millisecond, 200 * time.Millisecond, context.DeadlineExceeded, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := overTransport(t)
				w.wechat.SetLatency(300 * time.Millisecond)
				w.wechat.FailNext(test.fault)
				code := w.phone.Login()
				took, err := w.timeLogin(code, test.timeout)
				if took != test.takes || !errors.Is(err, test.fails) {
					t.Errorf("took %s, error %v; want %s, %v", took, err, test.takes, test.fails)
				}
				w.wechat.SetLatency(0)
				if used := w.send("GET", login, loginParams(code), "") == plainError(40163, "code been used"); used != test.used {
					t.Errorf("code used: %t, want %t", used, test.used)
				}
			})
		})
	}
}

func (w *world) timeLogin(code string, timeout time.Duration) (time.Duration, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", w.base+login+"?"+loginParams(code).Encode(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	began := time.Now()
	reply, err := w.client.Transport.RoundTrip(r)
	if err == nil {
		reply.Body.Close()
	}
	return time.Since(began), err
}

// TestSetLatencyOfManyCalls checks that 100 concurrent calls do not wait for each other.
func TestSetLatencyOfManyCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		w.wechat.SetLatency(300 * time.Millisecond)
		began := time.Now()
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() { w.exchange(w.phone.Login()) })
		}
		synctest.Wait()
		if n := w.wechat.InFlight(login); n != 100 {
			t.Errorf("%d calls in flight, want 100", n)
		}
		calls.Wait()
		if took := time.Since(began); took != 300*time.Millisecond {
			t.Errorf("100 calls took %s", took)
		}
		if n := w.wechat.InFlight(""); n != 0 {
			t.Errorf("%d calls in flight after the last, want 0", n)
		}
	})
}
