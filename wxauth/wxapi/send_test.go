package wxapi_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func TestRetries(t *testing.T) {
	busy, drop, refuse := wxtest.Fault{ErrCode: -1}, wxtest.Fault{Drop: true}, wxtest.Fault{Refuse: true}
	used := wxtest.Fault{Drop: true, TakesEffect: true}
	tests := map[string]struct {
		faults []wxtest.Fault
		want   []error
		calls  int
	}{
		"busy once":         {[]wxtest.Fault{busy}, nil, 2},
		"busy twice":        {[]wxtest.Fault{busy, busy}, nil, 3},
		"busy all the time": {[]wxtest.Fault{busy, busy, busy, busy}, []error{wxapi.ErrBusy}, 3},
		"dropped, refused":  {[]wxtest.Fault{drop, refuse}, nil, 3},
		"reply lost":        {[]wxtest.Fault{used}, []error{wxapi.ErrInvalidCode, wxapi.ErrOutcomeUnknown}, 2},
		"reply lost, busy":  {[]wxtest.Fault{used, busy}, []error{wxapi.ErrInvalidCode, wxapi.ErrOutcomeUnknown}, 3},
		"bad reply":         {[]wxtest.Fault{{Status: 500}}, []error{wxapi.ErrBadReply}, 1},
		"rate limited":      {[]wxtest.Fault{{ErrCode: 45011}}, []error{wxapi.ErrRateLimited}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, wechat := newClient(wxapi.Options{})
				code := wechat.Phone(app.ID, openID).Login()
				wechat.FailNext(test.faults...)
				_, err := client.Code2Session(background, code)
				if (err == nil) != (test.want == nil) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				for _, want := range test.want {
					if !errors.Is(err, want) {
						t.Errorf("got %v, want %v", err, want)
					}
				}
				if got := wechat.Count(login); got != test.calls {
					t.Errorf("%d calls, want %d", got, test.calls)
				}
			})
		})
	}
}

// TestUsedCodeAfterRefusedConnection checks that errcode 40163 (the code was used) is
// not ErrOutcomeUnknown if no earlier attempt was sent.
func TestUsedCodeAfterRefusedConnection(t *testing.T) {
	synctest.Test(t, testUsedCodeAfterRefusedConnection)
}

func testUsedCodeAfterRefusedConnection(t *testing.T) {
	client, wechat := newClient(wxapi.Options{})
	wechat.FailNext(wxtest.Fault{Refuse: true}, wxtest.Fault{ErrCode: 40163})
	_, err := client.Code2Session(background, "code")
	if !errors.Is(err, wxapi.ErrInvalidCode) || errors.Is(err, wxapi.ErrOutcomeUnknown) {
		t.Errorf("got %v, want ErrInvalidCode alone", err)
	}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{Timeout: 2 * time.Second})
		code := wechat.Phone(app.ID, openID).Login()

		wechat.FailNext(wxtest.Fault{Delay: time.Hour})
		if _, err := client.Code2Session(background, code); err != nil {
			t.Errorf("after one hung attempt: %v", err)
		}

		wechat.FailAlways(wxtest.Fault{Delay: time.Hour})
		start := time.Now()
		_, err := client.Code2Session(background, code)
		if !errors.Is(err, wxapi.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want ErrUnavailable and DeadlineExceeded", err)
		}
		if got := time.Since(start); got != 2*time.Second {
			t.Errorf("took %v, want Options.Timeout", got)
		}

		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		start = time.Now()
		_, err = client.Code2Session(ctx, code)
		if !errors.Is(err, wxapi.ErrUnavailable) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want ErrUnavailable at the caller's deadline", err, time.Since(start))
		}
	})
}

// If the reply is lost or WeChat is busy, ResetSessionKey and PhoneNumber must not repeat
// the request, because WeChat may have executed it.
func TestSentOnce(t *testing.T) {
	for name, fault := range map[string]wxtest.Fault{
		"lost": {Drop: true}, "busy": {ErrCode: -1}, "refused": {Refuse: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, wechat := newClient(wxapi.Options{})
			key := loggedIn(wechat)
			phone := wechat.Phone(app.ID, openID)
			phone.Login()
			checkAll(client, key, 1) // fetches the access token
			wechat.ResetCalls()
			wechat.FailAlways(fault)
			client.ResetSessionKey(background, openID, key)
			client.PhoneNumber(background, phone.PhoneCode("86", "13580006666"), openID)
			client.CheckSessionKey(background, openID, key)
			want := map[string]int{reset: 1, phoneNumber: 1, check: 3}
			if fault.Refuse {
				want = map[string]int{reset: 3, phoneNumber: 3, check: 3}
			}
			got := map[string]int{reset: wechat.Count(reset), phoneNumber: wechat.Count(phoneNumber), check: wechat.Count(check)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: calls (-want +got):\n%s", name, diff)
			}
		})
	}
}
