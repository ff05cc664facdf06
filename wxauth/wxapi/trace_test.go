package wxapi_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func TestTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{MaxInFlight: 1})
		wechat.FailNext(wxtest.Fault{Delay: time.Second})
		var first, second, third wxapi.Trace
		var calls sync.WaitGroup
		defer calls.Wait()
		calls.Go(func() { client.Code2Session(wxapi.WithTrace(background, &first), "code") })
		synctest.Wait()

		asked := 0
		second.BeforeSend = func() error {
			asked++
			wechat.FailNext(wxtest.Fault{Delay: 300 * time.Millisecond, ErrCode: -1}, wxtest.Fault{Delay: 200 * time.Millisecond})
			return nil
		}
		start := time.Now()
		client.Code2Session(wxapi.WithTrace(background, &second), "code")
		pause := time.Since(start) - 1500*time.Millisecond
		if first.Attempts != 1 || first.Waited != 0 || first.WeChat != time.Second {
			t.Errorf("first call: got %+v", first)
		}
		if asked != 1 || second.Attempts != 2 || second.Waited != time.Second || second.WeChat != 500*time.Millisecond {
			t.Errorf("second call: BeforeSend was called %d times, pause of %v, got %+v", asked, pause, second)
		}

		ctx, cancel := context.WithCancel(background)
		cancel()
		wechat.FailNext(wxtest.Fault{Delay: time.Second})
		calls.Go(func() { client.Code2Session(background, "code") })
		synctest.Wait()
		third.BeforeSend = func() error { t.Error("BeforeSend was called without a turn"); return nil }
		if _, err := client.Code2Session(wxapi.WithTrace(ctx, &third), "code"); err == nil || third.Attempts != 0 {
			t.Errorf("without a turn: got %v, %+v", err, third)
		}
	})
}

// If BeforeSend returns an error or panics, the client must not send the call and must
// release the call's turn (see Options.MaxInFlight).
func TestBeforeSendDrops(t *testing.T) {
	client, wechat := newClient(wxapi.Options{MaxInFlight: 1})
	code := wechat.Phone(app.ID, openID).Login()
	dropped := errors.New("nobody waits")
	trace := &wxapi.Trace{BeforeSend: func() error { return dropped }}
	_, err := client.Code2Session(wxapi.WithTrace(background, trace), code)
	if !errors.Is(err, dropped) || errors.Is(err, wxapi.ErrUnavailable) || wechat.Count("") != 0 || trace.Attempts != 0 {
		t.Errorf("got %v, %d calls, %+v", err, wechat.Count(""), trace)
	}
	func() {
		defer func() { recover() }()
		trace := &wxapi.Trace{BeforeSend: func() error { panic("the caller's own") }}
		client.Code2Session(wxapi.WithTrace(background, trace), code)
	}()
	if _, err := client.Code2Session(background, code); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// If WeChat rejects the access token, the Trace must include the repeated request, but not
// the requests that fetch tokens.
func TestTraceWithAccessToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{})
		key := loggedIn(wechat)
		wechat.FailNext(
			wxtest.Fault{Path: stableToken, Delay: time.Second},
			wxtest.Fault{Path: check, Delay: time.Second, ErrCode: 40001},
			wxtest.Fault{Path: check, Delay: time.Second})
		asked := 0
		trace := &wxapi.Trace{BeforeSend: func() error { asked++; return nil }}
		if err := client.CheckSessionKey(wxapi.WithTrace(background, trace), openID, key); err != nil {
			t.Error(err)
		}
		if asked != 1 || trace.Attempts != 2 || trace.WeChat != 2*time.Second {
			t.Errorf("BeforeSend was called %d times, got %+v", asked, trace)
		}
	})
}
