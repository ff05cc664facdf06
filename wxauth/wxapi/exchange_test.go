package wxapi_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
)

func exchanging(f func(ctx context.Context, code string) (wxapi.Session, error)) *wxapi.Client {
	return wxapi.New(wxapi.App{ID: app.ID, Exchange: f}, wxapi.Options{MaxInFlight: 1})
}

func TestExchange(t *testing.T) {
	for name, test := range map[string]struct {
		session wxapi.Session
		want    error
	}{
		"whole":              {wxapi.Session{OpenID: "o", UnionID: "u", Key: wxapi.UnsafeSessionKey("k")}, nil},
		"no key":             {wxapi.Session{OpenID: "o"}, nil},
		"WeCom's":            {wxapi.Session{OpenID: "corp/zhang san"}, nil},
		"no openid":          {wxapi.Session{Key: wxapi.UnsafeSessionKey("k")}, wxapi.ErrBadReply},
		"openid of 257":      {wxapi.Session{OpenID: strings.Repeat("o", 257)}, wxapi.ErrBadReply},
		"newline in openid":  {wxapi.Session{OpenID: "o\n"}, wxapi.ErrBadReply},
		"NUL in the unionid": {wxapi.Session{OpenID: "o", UnionID: "\x00"}, wxapi.ErrBadReply},
		"DEL in the key":     {wxapi.Session{OpenID: "o", Key: wxapi.UnsafeSessionKey("\x7f")}, wxapi.ErrBadReply},
		"not UTF-8":          {wxapi.Session{OpenID: "o\xff"}, wxapi.ErrBadReply},
	} {
		client := exchanging(func(_ context.Context, code string) (wxapi.Session, error) {
			if code != "a code" {
				t.Errorf("%s: code %q", name, code)
			}
			return test.session, nil
		})
		got, err := client.Code2Session(background, "a code")
		want := test.session
		if test.want != nil {
			want = wxapi.Session{}
		}
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, test.want) {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// After a panic or a runtime.Goexit in App.Exchange, the call must release its turn (see
// Options.MaxInFlight).
func TestExchangePanics(t *testing.T) {
	for name, end := range map[string]func(){"panic": func() { panic("hush") }, "Goexit": runtime.Goexit} {
		bad := true
		client := exchanging(func(context.Context, string) (wxapi.Session, error) {
			if bad {
				end()
			}
			return wxapi.Session{OpenID: "o"}, nil
		})
		_, err := client.Code2Session(background, "code")
		if err == nil || errors.Is(err, wxapi.ErrUnavailable) || !isWithheld(err.Error(), "hush") {
			t.Errorf("%s: got %v", name, err)
		}
		bad = false
		if _, err := client.Code2Session(background, "code"); err != nil {
			t.Errorf("after a %s: %v", name, err)
		}
	}
}

// If App.Exchange hangs, Code2Session must return after Options.Timeout. The call's turn
// (see Options.MaxInFlight) must stay taken until App.Exchange returns.
func TestExchangeInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		client := exchanging(func(ctx context.Context, code string) (wxapi.Session, error) {
			if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 5*time.Second {
				t.Errorf("%s: deadline in %v", code, time.Until(deadline))
			}
			switch code {
			case "slow":
				time.Sleep(time.Second)
			case "hangs":
				<-hang
			}
			return wxapi.Session{OpenID: "o"}, nil
		})
		var trace wxapi.Trace
		var calls sync.WaitGroup
		calls.Go(func() { client.Code2Session(background, "slow") })
		synctest.Wait()
		_, err := client.Code2Session(wxapi.WithTrace(background, &trace), "slow")
		if want := (wxapi.Trace{Attempts: 1, Waited: time.Second, WeChat: time.Second}); err != nil ||
			trace.Attempts != want.Attempts || trace.Waited != want.Waited || trace.WeChat != want.WeChat {
			t.Errorf("got %v, %+v, want %+v", err, trace, want)
		}
		calls.Wait()

		dropped := errors.New("nobody waits")
		drop := &wxapi.Trace{BeforeSend: func() error { return dropped }}
		if _, err := client.Code2Session(wxapi.WithTrace(background, drop), "code"); !errors.Is(err, dropped) || drop.Attempts != 0 {
			t.Errorf("got %v, %+v, want it dropped", err, drop)
		}

		start := time.Now()
		if _, err := client.Code2Session(background, "hangs"); !errors.Is(err, wxapi.ErrUnavailable) || time.Since(start) != 5*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		if _, err := client.Code2Session(background, "next"); !errors.Is(err, wxapi.ErrUnavailable) || !strings.Contains(err.Error(), "no turn") {
			t.Errorf("while it hangs: got %v", err)
		}
		close(hang)
		synctest.Wait()
		if _, err := client.Code2Session(background, "next"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestExchangeAndAccessToken(t *testing.T) {
	f := func(context.Context, string) (wxapi.Session, error) { return wxapi.Session{OpenID: "o"}, nil }
	o := wxapi.Options{Transport: &scripted{script: []string{`{}`}}}
	if _, err := wxapi.New(wxapi.App{ID: app.ID, Exchange: f}, o).AccessToken(background); !errors.Is(err, wxapi.ErrMisconfigured) {
		t.Errorf("without a Secret: got %v, want ErrMisconfigured", err)
	}
	if got, err := wxapi.New(wxapi.App{ID: app.ID, Secret: "s", Exchange: f}, o).AccessToken(background); got != "T1" || err != nil {
		t.Errorf("with a Secret: got %q, %v", got, err)
	}
}
