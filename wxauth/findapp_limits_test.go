package wxauth_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// TestFindAppUnknownIsBounded checks that the cache of FindApp's answers drops unknown
// appids when it holds 10,000 of them. The cache must keep an appid whose look-up is
// running.
func TestFindAppUnknownIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, _, r := newFound(t, 2)
		slow := appNumber(0).ID
		r.hang = slow
		ask := func(appID string) {
			ctx, cancel := context.WithTimeout(background, time.Millisecond)
			defer cancel()
			auth.API(ctx, appID)
		}
		ask(slow)
		for i := range 10_000 {
			auth.API(background, fmt.Sprint("wxunknown", i))
		}
		ask("wxunknown0")
		if n := r.count("wxunknown0"); n != 2 {
			t.Errorf("after 10,000 others an unknown appid was looked up %d times, want 2", n)
		}
		ask(slow)
		if n := r.count(slow); n != 1 {
			t.Errorf("an app that is being looked up was looked up %d times, want 1", n)
		}
		time.Sleep(time.Minute) // the look-up that hangs must end before synctest.Test returns
	})
}

func TestFindAppWaitsNoLongerThanItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, _, r := newFound(t, 1)
		r.hang = appNumber(0).ID
		start := time.Now()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		_, err := auth.API(ctx, r.hang)
		if took := time.Since(start); err == nil || took != time.Second {
			t.Errorf("got %v after %v, want an error after a second", err, took)
		}
		time.Sleep(time.Minute) // the look-up that hangs must end before synctest.Test returns
	})
}

// TestFindAppOfAPlatform checks an app of a third-party platform. After FindApp has returned
// the app with another platform, Auth.API must return another wxapi.Client. Errcode 40001
// from WeChat must not cause a look-up, because such an app has no AppSecret that could have
// changed.
func TestFindAppOfAPlatform(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		id := appNumber(0).ID
		_, wechat, r := newFound(t, 1)
		on := func(platform string) wxauth.App {
			return wxauth.App{ID: id, Platform: &wxapi.Platform{AppID: platform, AccessToken: func(context.Context, string) (string, error) { return "token", nil }}}
		}
		r.apps[id] = on("wxplatform1")
		auth, err := wxauth.New(wxauth.Config{FindApp: r.find, API: wxapi.Options{Transport: wechat.Transport()}, Logger: new(lines).logger()})
		if err != nil {
			t.Fatal(err)
		}
		before, err := auth.API(background, id)
		if err != nil {
			t.Fatal(err)
		}
		wechat.FailAlways(wxtest.Fault{ErrCode: 40001})
		for range 3 {
			loginTo(auth, wechat, id)
		}
		if n := r.count(id); n != 1 {
			t.Errorf("looked up %d times, want 1", n)
		}
		for _, test := range []struct {
			platform string
			same     bool
		}{{"wxplatform1", true}, {"wxplatform2", false}} {
			r.set(func() { r.apps[id] = on(test.platform) })
			time.Sleep(10 * time.Minute)
			auth.API(background, id) // starts a look-up in the background
			synctest.Wait()
			if after, err := auth.API(background, id); err != nil || (after == before) != test.same {
				t.Errorf("on %s: the same client: %v, want %v; %v", test.platform, after == before, test.same, err)
			}
		}
	})
}
