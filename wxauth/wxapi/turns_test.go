package wxapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type slowWeChat struct {
	delay, dial time.Duration
	calls       atomic.Int64 // the number of requests that were sent
}

func (s *slowWeChat) RoundTrip(r *http.Request) (*http.Response, error) {
	trace := httptrace.ContextClientTrace(r.Context())
	trace.GetConn(r.URL.Host)
	if r.URL.Host == "blackhole" {
		if err := sleep(r.Context(), s.dial); err != nil {
			return nil, err
		}
		return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
	}
	trace.GotConn(httptrace.GotConnInfo{})
	s.calls.Add(1)
	if err := sleep(r.Context(), s.delay); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"openid":"o","session_key":"k"}`))}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// WeChat is slow, but answers within three fifths of Options.Timeout. The rate of new
// logins, Options.MaxInFlight and the delay limit how many logins per second can succeed. The
// logins begun in the second half of the test must reach at least 90% of this limit. On
// average, WeChat must get at most 1.02 requests for each successful login, so almost no
// code is wasted.
func TestLoginsDoNotCollapse(t *testing.T) {
	const seconds, turns = 10, 256
	for _, test := range []struct {
		delay   time.Duration
		rate    int // logins per second
		hosts   []string
		succeed int // the minimum number of successful logins
	}{
		{delay: 300 * time.Millisecond, rate: 500, succeed: 5000},
		{delay: 2500 * time.Millisecond, rate: 100, succeed: 1000},
		{delay: 2500 * time.Millisecond, rate: 200},
		{delay: time.Second, rate: 1000},
		{delay: 2900 * time.Millisecond, rate: 2000},
		{delay: 300 * time.Millisecond, rate: 200, hosts: []string{"http://blackhole", "http://wechat"}, succeed: 2000},
		{delay: 2500 * time.Millisecond, rate: 100, hosts: []string{"http://blackhole", "http://wechat"}},
	} {
		t.Run(fmt.Sprintf("%v, %d per second, hosts %v", test.delay, test.rate, test.hosts), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wechat := &slowWeChat{delay: test.delay, dial: 5 * time.Second / 3}
				client := wxapi.New(app, wxapi.Options{Transport: wechat, Hosts: test.hosts})
				var all, late atomic.Int64 // successful logins: the total, and those begun in the second half
				var logins sync.WaitGroup
				for i := range test.rate * seconds {
					logins.Go(func() {
						_, err := client.Code2Session(background, "code")
						if err == nil {
							all.Add(1)
							if i >= test.rate*seconds/2 {
								late.Add(1)
							}
						} else if !errors.Is(err, wxapi.ErrUnavailable) {
							t.Errorf("got %v", err)
						}
					})
					time.Sleep(time.Second / time.Duration(test.rate))
				}
				logins.Wait()
				carried := min(float64(test.rate), float64(turns)/test.delay.Seconds())
				wantLate := 0.9 * carried * seconds / 2
				perSuccess := float64(wechat.calls.Load()) / float64(all.Load())
				t.Logf("%d logins succeeded, %d of the second half; %.3f calls per success", all.Load(), late.Load(), perSuccess)
				if int(all.Load()) < test.succeed || float64(late.Load()) < wantLate || perSuccess > 1.02 {
					t.Errorf("want at least %d, %.0f of the second half, and at most 1.02 calls per success", test.succeed, wantLate)
				}
			})
		})
	}
}

// The calls of a group must get turns (see Options.MaxInFlight) in the order of their
// arrival, regardless of their app.
func TestTurnsAreFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wechat := &slowWeChat{delay: 100 * time.Millisecond}
		group := wxapi.NewGroup(wxapi.Options{Transport: wechat, MaxInFlight: 3})
		var mu sync.Mutex
		var order, want []int
		var calls sync.WaitGroup
		for i := range 15 {
			want = append(want, i)
			client := group.Client(wxapi.App{ID: fmt.Sprint("wx", i%2), Secret: "s"})
			calls.Go(func() {
				trace := &wxapi.Trace{BeforeSend: func() error {
					mu.Lock()
					defer mu.Unlock()
					order = append(order, i)
					return nil
				}}
				client.Code2Session(wxapi.WithTrace(background, trace), "code")
			})
			time.Sleep(time.Millisecond)
		}
		calls.Wait()
		if !slices.Equal(order, want) {
			t.Errorf("turns went to %v", order)
		}
	})
}

func TestWaitingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wechat := &slowWeChat{delay: time.Hour}
		client := wxapi.New(app, wxapi.Options{Transport: wechat, MaxInFlight: 2, Timeout: 5 * time.Second})
		var calls sync.WaitGroup
		call := func(want time.Duration, text string) {
			start := time.Now()
			_, err := client.Code2Session(background, "code")
			if took := time.Since(start); took != want || !errors.Is(err, wxapi.ErrUnavailable) || !strings.Contains(err.Error(), text) {
				t.Errorf("got %v after %v, want %q after %v", err, took, text, want)
			}
		}
		for range 2 {
			calls.Go(func() { call(5*time.Second, "deadline exceeded") })
		}
		synctest.Wait()
		for range 8 {
			calls.Go(func() { call(2*time.Second, "no turn within 2s") })
		}
		synctest.Wait()
		call(0, "too many calls wait for their turn already")
		calls.Wait()
		if n := wechat.calls.Load(); n != 4 {
			t.Errorf("%d calls reached WeChat, want 4", n)
		}
	})
}

// While another call waits for a turn, the client must not repeat a request whose reply was
// lost or was errcode -1 (busy). The other call needs the turn more, because its code has
// not been sent yet.
func TestRepetitionGivesWay(t *testing.T) {
	for name, test := range map[string]struct {
		fault wxtest.Fault
		ends  time.Duration // when the first attempt ends
	}{
		"busy":     {wxtest.Fault{ErrCode: -1, Delay: time.Second}, time.Second},
		"dropped":  {wxtest.Fault{Drop: true, Delay: time.Second}, time.Second},
		"no reply": {wxtest.Fault{Delay: time.Hour}, 3 * time.Second},
	} {
		for other, arrives := range map[string]time.Duration{
			"waits": test.ends - time.Second/2, "comes during the pause": test.ends + 20*time.Millisecond, "does not come": 0,
		} {
			t.Run(name+", another "+other, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, wechat := newClient(wxapi.Options{MaxInFlight: 1})
					wechat.FailNext(test.fault)
					var trace wxapi.Trace
					var calls sync.WaitGroup
					calls.Go(func() { client.Code2Session(wxapi.WithTrace(background, &trace), "code") })
					want := 2
					if arrives > 0 {
						want = 1
						time.Sleep(arrives)
						if _, err := client.Code2Session(background, wechat.Phone(app.ID, openID).Login()); err != nil {
							t.Errorf("the other call: %v", err)
						}
					}
					calls.Wait()
					if trace.Attempts != want {
						t.Errorf("%d attempts, want %d", trace.Attempts, want)
					}
				})
			})
		}
	}
}

// A call that waits for a turn must return immediately when its context ends. The call
// must then no longer count toward the limit of waiting calls.
func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wechat := &slowWeChat{delay: time.Second}
		client := wxapi.New(app, wxapi.Options{Transport: wechat, MaxInFlight: 1})
		var calls sync.WaitGroup
		calls.Go(func() { client.Code2Session(background, "code") })
		synctest.Wait()
		ctx, cancel := context.WithCancel(background)
		for range 4 {
			calls.Go(func() {
				start := time.Now()
				_, err := client.Code2Session(ctx, "code")
				if !errors.Is(err, context.Canceled) || !errors.Is(err, wxapi.ErrUnavailable) || time.Since(start) != 0 {
					t.Errorf("got %v after %v", err, time.Since(start))
				}
			})
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		calls.Go(func() {
			if _, err := client.Code2Session(background, "code"); err != nil {
				t.Errorf("the next in line: %v", err)
			}
		})
		calls.Wait()
		if n := wechat.calls.Load(); n != 2 {
			t.Errorf("%d calls reached WeChat, want 2", n)
		}
	})
}

func TestMaxInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{MaxInFlight: 2, Timeout: 10 * time.Second})
		wechat.FailAlways(wxtest.Fault{Delay: time.Second})
		start := time.Now()
		done := make(chan time.Duration)
		for range 6 {
			go func() {
				client.Code2Session(background, wechat.Phone(app.ID, openID).Login())
				done <- time.Since(start)
			}()
		}
		var got []time.Duration
		for range 6 {
			got = append(got, <-done)
		}
		want := []time.Duration{1e9, 1e9, 2e9, 2e9, 3e9, 3e9}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("calls ended after (-want +got):\n%s", diff)
		}

		var holders sync.WaitGroup
		defer holders.Wait()
		for range 2 {
			holders.Go(func() { client.Code2Session(background, "code") })
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, 500*time.Millisecond)
		defer cancel()
		if _, err := client.Code2Session(ctx, "code"); !errors.Is(err, wxapi.ErrUnavailable) {
			t.Errorf("waiting for a place: got %v, want ErrUnavailable", err)
		}
		if calls := wechat.Count(login); calls != 8 {
			t.Errorf("%d calls, want 8", calls)
		}
	})
}
