package wxauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var errDatabase = errors.New("no connection to the database")

// registry simulates an application's database of apps.
type registry struct {
	mu      sync.Mutex
	apps    map[string]wxauth.App
	asked   map[string]int
	err     error
	latency time.Duration
	hang    string // for this appid, registry.find waits until its context ends
}

func (r *registry) find(ctx context.Context, appID string) (wxauth.App, error) {
	r.mu.Lock()
	r.asked[appID]++
	app, ok := r.apps[appID]
	err, latency, hang := r.err, r.latency, r.hang == appID
	r.mu.Unlock()
	time.Sleep(latency) // on synctest's fake clock
	if hang {
		<-ctx.Done()
		return wxauth.App{}, ctx.Err()
	}
	if err == nil && !ok {
		err = fmt.Errorf("no row: %w", wxauth.ErrUnknownApp)
	}
	return app, err
}

func (r *registry) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

func (r *registry) count(appID string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[appID]
}

func appNumber(i int) wxauth.App {
	return wxauth.App{ID: fmt.Sprintf("wx%016x", i), Secret: fmt.Sprintf("%032x", i)}
}

// newFound returns an Auth whose Config.FindApp finds n apps in the returned registry.
func newFound(t *testing.T, n int) (*wxauth.Auth, *wxtest.Server, *registry) {
	t.Helper()
	r := &registry{apps: make(map[string]wxauth.App), asked: make(map[string]int)}
	var all []wxauth.App
	for i := range n {
		all = append(all, appNumber(i))
		r.apps[all[i].ID] = all[i]
	}
	wechat := wxtest.NewServer(all...)
	auth, err := wxauth.New(wxauth.Config{FindApp: r.find, API: wxapi.Options{Transport: wechat.Transport()}, Logger: new(lines).logger()})
	if err != nil {
		t.Fatal(err)
	}
	return auth, wechat, r
}

// loginTo returns the token of a new login, or the code of the error.
func loginTo(auth *wxauth.Auth, wechat *wxtest.Server, app string) (token, code string) {
	w := serve(auth.LoginHandler(), "POST", "/", "", `{"code":"`+wechat.Phone(app, openID).Login()+`","appid":"`+app+`"}`)
	if w.Code != http.StatusOK {
		return "", codeOf(w.Body.String())
	}
	return strings.Split(w.Body.String(), `"`)[3], ""
}

func codeOf(body string) string {
	_, rest, _ := strings.Cut(body, `"code":"`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

// TestFindApp checks how long the Auth uses an app that FindApp has returned. For ten
// minutes, the Auth must not call FindApp again. If FindApp fails after that, the Auth
// must still use the app half an hour after FindApp's last success. More than an hour
// after this success, the Auth must not use the app. The Auth must wait at least ten seconds
// between a failure and the next call of FindApp for the same appid. If FindApp returns
// ErrUnknownApp, Require must answer 401. Other errors of FindApp must not cause a 401.
func TestFindApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat, r := newFound(t, 2)
		app, other := appNumber(0).ID, appNumber(1).ID
		token, code := loginTo(auth, wechat, app)
		if code != "" {
			t.Fatal(code)
		}
		check := func(step string, asked int) {
			t.Helper()
			if w := serve(auth.Require(me), "GET", "/", token, ""); w.Code != 200 {
				t.Errorf("%s: %d %s", step, w.Code, w.Body)
			}
			synctest.Wait() // until a look-up in the background has ended
			if n := r.count(app); n != asked {
				t.Errorf("%s: asked %d times, want %d", step, n, asked)
			}
		}
		check("at first", 1)
		time.Sleep(10*time.Minute - time.Second)
		check("before ten minutes", 1)
		time.Sleep(time.Second)
		check("after ten minutes", 2)

		r.set(func() { r.err = errDatabase })
		for range 180 { // half an hour
			time.Sleep(10 * time.Second)
			if w := serve(auth.Require(me), "GET", "/", token, ""); w.Code != 200 {
				t.Fatalf("the database is down: %d %s", w.Code, w.Body)
			}
		}
		if _, code := loginTo(auth, wechat, app); code != "" {
			t.Errorf("a login while the database is down: %s", code)
		}
		for range 2 {
			before := r.count(other)
			if _, code := loginTo(auth, wechat, other); code != wxauth.CodeStoreUnavailable {
				t.Errorf("a new app while the database is down: %s", code)
			}
			loginTo(auth, wechat, other)
			if n := r.count(other) - before; n != 1 {
				t.Errorf("asked %d times at once", n)
			}
			time.Sleep(10 * time.Second)
		}
		r.set(func() { r.err = nil })
		if _, code := loginTo(auth, wechat, other); code != "" {
			t.Errorf("a new app once the database is back: %s", code)
		}

		r.set(func() { r.err = errDatabase })
		time.Sleep(61 * time.Minute)
		if w := serve(auth.Require(me), "GET", "/", token, ""); codeOf(w.Body.String()) != wxauth.CodeStoreUnavailable || !strings.Contains(w.Body.String(), "app cannot be looked up") {
			t.Errorf("after an hour: %d %s", w.Code, w.Body)
		}
		r.set(func() { r.err = nil; delete(r.apps, app) })
		time.Sleep(10 * time.Second)
		if w := serve(auth.Require(me), "GET", "/", token, ""); w.Code != 401 {
			t.Errorf("an app that is served no more: %d %s", w.Code, w.Body)
		}
	})
}

// TestFindAppUnknown checks that an unknown appid is looked up again only after ten
// seconds. An empty or malformed appid is never looked up.
func TestFindAppUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat, r := newFound(t, 1)
		for _, step := range []struct {
			after time.Duration
			asked int
		}{{0, 1}, {9 * time.Second, 1}, {time.Second, 2}} {
			time.Sleep(step.after)
			w := serve(auth.LoginHandler(), "POST", "/", "", `{"code":"c","appid":"wxunknown"}`)
			if code(w) != wxauth.CodeInvalidRequest || r.count("wxunknown") != step.asked {
				t.Errorf("after %v: %d %s, asked %d times, want %d", step.after, w.Code, w.Body, r.count("wxunknown"), step.asked)
			}
		}
		for _, appID := range []string{"", "wx/1", "wx 1", strings.Repeat("x", 65)} {
			if w := serve(auth.LoginHandler(), "POST", "/", "", `{"code":"c","appid":"`+appID+`"}`); code(w) != wxauth.CodeInvalidRequest || r.count(appID) != 0 {
				t.Errorf("%q: %d %s, asked %d times", appID, w.Code, w.Body, r.count(appID))
			}
		}
		if n := wechat.Count(""); n != 0 {
			t.Errorf("%d calls of WeChat", n)
		}
	})
}

// TestFindAppAtOnce checks that concurrent callers share one look-up of an appid. A
// look-up that hangs must not delay the look-ups of other apps. The logins that wait for
// the hanging look-up must fail within seven seconds.
func TestFindAppAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat, r := newFound(t, 200)
		r.latency = time.Second
		r.hang = appNumber(0).ID
		var all sync.WaitGroup
		var ok, refused atomic.Int32
		start := time.Now()
		for i := range 300 {
			app := appNumber(i % 50).ID
			all.Go(func() {
				_, code := loginTo(auth, wechat, app)
				switch {
				case code == "" && time.Since(start) <= 2*time.Second:
					ok.Add(1)
				case code == wxauth.CodeStoreUnavailable && app == r.hang && time.Since(start) <= 7*time.Second:
					refused.Add(1)
				default:
					t.Errorf("%s: %s after %v", app, code, time.Since(start))
				}
			})
		}
		all.Wait()
		if ok.Load() != 294 || refused.Load() != 6 {
			t.Errorf("%d logins, %d refused", ok.Load(), refused.Load())
		}
		for i := range 50 {
			if n := r.count(appNumber(i).ID); n != 1 {
				t.Errorf("app %d was asked for %d times", i, n)
			}
		}
		// If the context of one caller ends, the look-up must continue for the other
		// caller.
		ctx, cancel := context.WithCancel(background)
		go auth.API(ctx, appNumber(100).ID)
		synctest.Wait()
		done := make(chan error)
		go func() {
			_, err := auth.API(background, appNumber(100).ID)
			done <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-done; err != nil || r.count(appNumber(100).ID) != 1 {
			t.Errorf("%v, asked %d times", err, r.count(appNumber(100).ID))
		}
		time.Sleep(time.Minute)
	})
}

// TestFindAppResetSecret checks that FindApp is called again after WeChat refused an
// AppSecret, but at most once in ten seconds. If FindApp returns the same AppSecret, the
// app must keep its wxapi.Client, which holds the access token. If FindApp returns a new
// AppSecret, the app must get a new wxapi.Client.
func TestFindAppResetSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat, r := newFound(t, 1)
		app := appNumber(0).ID
		if _, code := loginTo(auth, wechat, app); code != "" {
			t.Fatal(code)
		}
		before, _ := auth.API(background, app)
		wechat.FailAlways(wxtest.Fault{ErrCode: 40125})
		for range 5 {
			if _, code := loginTo(auth, wechat, app); code != wxauth.CodeMisconfigured {
				t.Errorf("with a wrong secret: %s", code)
			}
		}
		if n := r.count(app); n != 2 {
			t.Errorf("asked %d times, want 2", n)
		}
		if after, _ := auth.API(background, app); after != before {
			t.Error("the same app has another client")
		}
		r.set(func() { r.apps[app] = wxauth.App{ID: app, Secret: strings.Repeat("f", 32)} })
		time.Sleep(10 * time.Second)
		loginTo(auth, wechat, app)
		loginTo(auth, wechat, app)
		if after, _ := auth.API(background, app); after == before {
			t.Error("a new secret has the old client")
		}
	})
}

// WeChat refuses the AppSecret during a call of FindApp that returns the old AppSecret or
// fails. The next use after the pause must wait for another call.
func TestFindAppResetSecretMeanwhile(t *testing.T) {
	for name, test := range map[string]struct {
		err   error
		pause time.Duration
	}{
		"the old AppSecret": {nil, 0},
		"a failure":         {errDatabase, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				auth, wechat, r := newFound(t, 1)
				app := appNumber(0).ID
				loginTo(auth, wechat, app)
				before, _ := auth.API(background, app)
				time.Sleep(11 * time.Minute)
				r.set(func() { r.latency, r.err = 3*time.Second, test.err })
				wechat.FailAlways(wxtest.Fault{ErrCode: 40125, Delay: time.Second})
				loginTo(auth, wechat, app)
				r.set(func() { r.apps[app] = wxauth.App{ID: app, Secret: strings.Repeat("f", 32)} })
				time.Sleep(3 * time.Second)
				r.set(func() { r.err = nil })
				time.Sleep(test.pause)
				if after, _ := auth.API(background, app); after == before || r.count(app) != 3 {
					t.Errorf("asked %d times, want 3", r.count(app))
				}
			})
		})
	}
}

// TestFindAppChecks lets FindApp return an invalid App, and an App with another appid. The
// login must then fail with misconfigured. If FindApp panics, the login must fail with
// store_unavailable.
func TestFindAppChecks(t *testing.T) {
	auth, wechat, r := newFound(t, 2)
	r.apps[appNumber(0).ID] = wxauth.App{ID: appNumber(0).ID, Secret: "with space"}
	r.apps[appNumber(1).ID] = appNumber(0)
	for i := range 2 {
		if _, code := loginTo(auth, wechat, appNumber(i).ID); code != wxauth.CodeMisconfigured {
			t.Errorf("app %d: %s", i, code)
		}
	}
	panics, _ := newAuth(t, wxauth.Config{FindApp: func(context.Context, string) (wxauth.App, error) { panic("boom") }})
	if w := serve(panics.LoginHandler(), "POST", "/", "", `{"code":"c","appid":"wx1"}`); code(w) != wxauth.CodeStoreUnavailable {
		t.Errorf("a panic: %d %s", w.Code, w.Body)
	}
}

// TestFindAppBesideAListedApp checks which app a login is for if Config.Apps lists one app
// and FindApp is set.
func TestFindAppBesideAListedApp(t *testing.T) {
	r := &registry{apps: map[string]wxauth.App{appNumber(1).ID: appNumber(1)}, asked: make(map[string]int)}
	wechat := wxtest.NewServer(app, appNumber(1))
	auth, _ := newAuth(t, wxauth.Config{Apps: []wxauth.App{app}, FindApp: r.find, API: wxapi.Options{Transport: wechat.Transport()}})
	for name, test := range map[string]struct{ named, referer, want string }{
		"none":            {"", "", appID},
		"listed":          {appID, "", appID},
		"found":           {appNumber(1).ID, "", appNumber(1).ID},
		"Referer":         {"", "https://servicewechat.com/" + appNumber(1).ID + "/12/page-frame.html", appNumber(1).ID},
		"named, Referer":  {appID, "https://servicewechat.com/" + appNumber(1).ID + "/12/page-frame.html", appID},
		"another Referer": {"", "https://example.com/" + appNumber(1).ID, appID},
		"Referer, no app": {"", "https://servicewechat.com/", appID},
	} {
		req := requestWith("")
		req.URL.RawQuery = "code=" + wechat.Phone(test.want, openID).Login() + "&appid=" + test.named
		req.Header.Set("Referer", test.referer)
		w := httptest.NewRecorder()
		auth.LoginHandler().ServeHTTP(w, req)
		if w.Code != 200 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
			continue
		}
		if id, err := auth.Authenticate(background, tokenOf(t, w)); err != nil || id.AppID != test.want {
			t.Errorf("%s: %v, %v", name, id.AppID, err)
		}
	}
	if n := r.count(appID); n != 0 {
		t.Errorf("the listed app was looked up %d times", n)
	}
}

// TestFindAppMemory checks that the cache of FindApp's answers frees at least 90 percent
// of the memory of apps that were not used for 80 minutes.
func TestFindAppMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, _, r := newFound(t, 10_000)
		heap := func() int64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		use := func(from, to int) {
			for i := from; i < to; i++ {
				if _, err := auth.API(background, appNumber(i).ID); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
		}
		for i := range 10_000 {
			r.find(background, appNumber(i).ID) // fills the map r.asked, so that it does not grow during the measurement
		}
		use(0, 100)
		before := heap()
		use(0, 10_000)
		all := heap()
		for range 8 {
			time.Sleep(10 * time.Minute)
			use(0, 100)
		}
		time.Sleep(2 * time.Minute)
		auth.API(background, "wxanother") // a new appid makes the cache drop unused apps
		synctest.Wait()
		after := heap()
		t.Logf("100 apps %d bytes, 10,000 apps %d more, after 80 minutes %d more; the first app was asked for %d times", before, all-before, after-before, r.count(appNumber(0).ID)-1)
		if after-before > (all-before)/10 {
			t.Errorf("apps that are not active still cost %d of %d bytes", after-before, all-before)
		}
		runtime.KeepAlive(auth)
	})
}

// TestFindAppWithoutItsPlatform gets a wxapi.Client for an app with a Platform. Then
// FindApp returns the app without a Platform. The old wxapi.Client must still use its
// Platform.
func TestFindAppWithoutItsPlatform(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, _, r := newFound(t, 1)
		own, calls := appNumber(0), 0
		platform := &wxapi.Platform{AppID: "wx00000000000000ff", AccessToken: func(context.Context, string) (string, error) {
			calls++
			return "token", nil
		}}
		r.set(func() { r.apps[own.ID] = wxauth.App{ID: own.ID, Platform: platform} })
		begun, err := auth.API(background, own.ID)
		if err != nil {
			t.Fatal(err)
		}
		r.set(func() { r.apps[own.ID] = own })
		time.Sleep(11 * time.Minute)
		auth.API(background, own.ID) // starts a look-up in the background
		synctest.Wait()
		if now, err := auth.API(background, own.ID); now == begun || err != nil {
			t.Errorf("the client has not changed: %v", err)
		}
		if begun.Code2Session(background, "code"); calls == 0 {
			t.Error("the Platform was not asked for a token")
		}
	})
}
