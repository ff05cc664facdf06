package wxapi_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func checkAll(client *wxapi.Client, key wxapi.SessionKey, n int) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = client.CheckSessionKey(background, openID, key) })
	}
	wg.Wait()
	return errs
}

func TestAccessTokenFetchedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{})
		key := loggedIn(wechat)
		wechat.FailNext(wxtest.Fault{Path: stableToken, Delay: time.Second})
		for _, err := range checkAll(client, key, 50) {
			if err != nil {
				t.Error(err)
			}
		}
		if got := wechat.Count(stableToken); got != 1 {
			t.Errorf("a cold start of 50 callers fetched %d tokens, want 1", got)
		}
	})
}

func TestAccessTokenRejected(t *testing.T) {
	for _, errcode := range []int{40001, 40014, 42001} {
		synctest.Test(t, func(t *testing.T) {
			client, wechat := newClient(wxapi.Options{})
			key := loggedIn(wechat)
			wechat.FailAlways(wxtest.Fault{Path: check, ErrCode: errcode})
			for _, err := range checkAll(client, key, 50) {
				if e := (*wxapi.Error)(nil); !errors.As(err, &e) || e.Code != errcode {
					t.Errorf("got %v, want errcode %d", err, errcode)
				}
			}
			if got := wechat.Count(stableToken); got != 2 {
				t.Errorf("errcode %d: 50 callers fetched %d tokens, want 2", errcode, got)
			}
			checkAll(client, key, 50)
			if got := wechat.Count(stableToken); got != 2 {
				t.Errorf("errcode %d: 50 more callers fetched %d tokens more, want none so soon", errcode, got-2)
			}
			time.Sleep(10 * time.Second)
			wechat.ClearFaults()
			wechat.FailNext(wxtest.Fault{Path: check, ErrCode: errcode})
			if err := client.CheckSessionKey(background, openID, key); err != nil || wechat.Count(stableToken) != 3 {
				t.Errorf("rejected once: got %v and %d tokens, want success and 3", err, wechat.Count(stableToken))
			}
		})
	}
}

// The call that starts the renewal of a token must not wait for the new token.
func TestAccessTokenRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{})
		key := loggedIn(wechat)
		one := func(wantErr bool) {
			t.Helper()
			if err := client.CheckSessionKey(background, openID, key); (err != nil) != wantErr {
				t.Error(err)
			}
		}
		one(false)
		time.Sleep(7200*time.Second - 4*time.Minute - time.Second)
		one(false)
		synctest.Wait()
		if got := wechat.Count(stableToken); got != 1 {
			t.Errorf("%d tokens before renewal, want 1", got)
		}
		time.Sleep(2 * time.Second)
		wechat.FailNext(wxtest.Fault{Path: stableToken, Delay: time.Second})
		start := time.Now()
		one(false)
		if took := time.Since(start); took != 0 {
			t.Errorf("a call waited %v for the renewal", took)
		}
		time.Sleep(2 * time.Second)
		if got := wechat.Count(stableToken); got != 2 {
			t.Errorf("%d tokens after renewal, want 2", got)
		}
		time.Sleep(time.Hour) // the first token has expired
		one(false)
		if got := wechat.Count(stableToken); got != 2 {
			t.Errorf("%d tokens in all, want 2", got)
		}
	})
}

// While the renewals of a token fail, calls must succeed until the token expires. Until
// then, the client must try to renew the token at most once every ten seconds.
func TestAccessTokenRenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{})
		key := loggedIn(wechat)
		checkAll(client, key, 1)
		time.Sleep(7200*time.Second - 3*time.Minute)
		wechat.FailAlways(wxtest.Fault{Path: stableToken, Status: 500})
		for range 20 {
			for _, err := range checkAll(client, key, 5) {
				if err != nil {
					t.Error(err)
				}
			}
			time.Sleep(time.Second)
		}
		if got := wechat.Count(stableToken) - 1; got != 2 {
			t.Errorf("%d attempts in 20 seconds, want one every 10", got)
		}
		time.Sleep(3 * time.Minute)
		for range 2 {
			sent := wechat.Count(check)
			if err := client.CheckSessionKey(background, openID, key); !errors.Is(err, wxapi.ErrBadReply) || wechat.Count(check) != sent {
				t.Errorf("with an expired token: got %v after %d calls, want ErrBadReply without a call", err, wechat.Count(check)-sent)
			}
		}
		wechat.ClearFaults()
		if err := client.CheckSessionKey(background, openID, key); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	})
}

func TestAccessTokenReplies(t *testing.T) {
	for body, want := range map[string]error{
		`{"access_token":"","expires_in":7200}`:     wxapi.ErrBadReply,
		`{"access_token":"t","expires_in":0}`:       wxapi.ErrBadReply,
		`{"access_token":"t"}`:                      wxapi.ErrBadReply,
		`{"errcode":40125,"errmsg":"x"}`:            wxapi.ErrMisconfigured,
		`{"errcode":45009,"errmsg":"x"}`:            wxapi.ErrRateLimited,
		`{"errcode":40164,"errmsg":"ip 1.2.3.4 x"}`: wxapi.ErrMisconfigured,
	} {
		client, wechat := newClient(wxapi.Options{})
		wechat.FailAlways(wxtest.Fault{Path: stableToken, Body: body})
		if err := client.CheckSessionKey(background, openID, loggedIn(wechat)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", body, err, want)
		}
	}
}

// A fetch of a token must continue after the end of the call that started the fetch.
func TestAccessTokenWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{})
		key := loggedIn(wechat)
		wechat.FailNext(wxtest.Fault{Path: stableToken, Delay: 2 * time.Second})
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if err := client.CheckSessionKey(ctx, openID, key); !errors.Is(err, wxapi.ErrUnavailable) {
			t.Errorf("got %v, want ErrUnavailable", err)
		}
		if err := client.CheckSessionKey(background, openID, key); err != nil || wechat.Count(stableToken) != 1 {
			t.Errorf("got %v after %d fetches", err, wechat.Count(stableToken))
		}
	})
}

func TestOwnAccessTokens(t *testing.T) {
	var asked []string
	broken := errors.New("token server down")
	var fail error
	client, wechat := newClient(wxapi.Options{AccessToken: func(_ context.Context, appID, rejected string) (string, error) {
		asked = append(asked, appID+" "+rejected)
		return "from the token server", fail
	}})
	key := loggedIn(wechat)
	wechat.FailNext(wxtest.Fault{Path: check, ErrCode: 40001}, wxtest.Fault{Path: check, Body: `{"errcode":0,"errmsg":"ok"}`})
	if err := client.CheckSessionKey(background, openID, key); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{app.ID + " ", app.ID + " from the token server"}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if got := wechat.Count(stableToken); got != 0 {
		t.Errorf("%d fetches of the client's own", got)
	}
	fail = broken
	if err := client.CheckSessionKey(background, openID, key); !errors.Is(err, broken) {
		t.Errorf("got %v, want the token server's error", err)
	}
	if strings.Contains(wechat.Calls()[0].Request, "token server") {
		t.Error("the fake WeChat's record shows the token")
	}
}

// Options.AccessToken and App.Exchange can call WeChat with the ctx that they get. The
// caller's Trace must not count these calls.
func TestTraceIsForOneCall(t *testing.T) {
	other, wechat := newClient(wxapi.Options{})
	key := loggedIn(wechat)
	inner := func(ctx context.Context) { other.Code2Session(ctx, "code") }
	tokens := wxapi.New(app, wxapi.Options{Transport: replies(200, nil, `{}`), AccessToken: func(ctx context.Context, _, _ string) (string, error) {
		inner(ctx)
		return "T", nil
	}})
	gateway := exchanging(func(ctx context.Context, _ string) (wxapi.Session, error) {
		inner(ctx)
		return wxapi.Session{OpenID: "o"}, nil
	})
	for name, call := range map[string]func(context.Context) error{
		"AccessToken": func(ctx context.Context) error { return tokens.CheckSessionKey(ctx, openID, key) },
		"Exchange":    func(ctx context.Context) error { return second(gateway.Code2Session(ctx, "code")) },
	} {
		wechat.ResetCalls()
		asked := 0
		trace := &wxapi.Trace{BeforeSend: func() error { asked++; return nil }}
		if err := call(wxapi.WithTrace(background, trace)); err != nil || trace.Attempts != 1 || asked != 1 || wechat.Count(login) != 1 {
			t.Errorf("%s: %v, %d attempts, BeforeSend was called %d times, %d calls inside", name, err, trace.Attempts, asked, wechat.Count(login))
		}
	}
}
