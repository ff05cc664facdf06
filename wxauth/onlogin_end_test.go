package wxauth_test

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
)

// TestOnLoginEndsBadly checks logins in which OnLogin takes longer than 10 s, panics, calls
// runtime.Goexit or returns an invalid UserID. Such a login must fail with CodeInternal and
// store nothing.
func TestOnLoginEndsBadly(t *testing.T) {
	for name, test := range map[string]struct {
		hook func(ctx context.Context) string
		took time.Duration
		log  string
	}{
		"hangs until its context ends": {func(ctx context.Context) string { <-ctx.Done(); return "" }, 10 * time.Second, "took longer than 10s"},
		"returns late":                 {func(context.Context) string { time.Sleep(11 * time.Second); return "" }, 10 * time.Second, "took longer than 10s"},
		"panics":                       {func(context.Context) string { panic("S3CRET") }, 0, "panic"},
		"ends its goroutine":           {func(context.Context) string { runtime.Goexit(); return "" }, 0, ""},
		"a line break":                 {func(context.Context) string { return "a\nb" }, 0, "control characters"},
		"too long":                     {func(context.Context) string { return strings.Repeat("u", 257) }, 0, "256 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log lines
				store := newTestStore()
				h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store), Logger: log.logger()})
				h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) { return test.hook(r.Context()), nil }
				start := time.Now()
				w := post(background, h.Auth, h.phone.Login())
				if code(w) != wxauth.CodeInternal || time.Since(start) != test.took {
					t.Errorf("got %d %s after %v", w.Code, w.Body, time.Since(start))
				}
				if text := log.String(); !strings.Contains(text, test.log) || strings.Contains(text, "S3CRET") {
					t.Errorf("log: %s", text)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if n := len(everything(t, store.memory)); n > 0 {
					t.Errorf("%d values in the store", n)
				}
				outcomes := ""
				for _, e := range h.events {
					outcomes += e.Name + " " + e.Outcome + " " + e.LoginID
				}
				if outcomes != "login internal " {
					t.Errorf("events %q", outcomes)
				}
				h.hook = nil
				login(t, h.Auth, h.phone)
			})
		})
	}
}

// TestStoreHangsAfterOnLogin checks a login whose store hangs after OnLogin has returned.
// The error must be store_unavailable, not internal. If the store writes the login after
// the client got the error, the login must be deleted.
func TestStoreHangsAfterOnLogin(t *testing.T) {
	for _, op := range []string{"commit", "swap"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
				h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
					time.Sleep(4 * time.Second)
					store.set(func(_ context.Context, _ int, o, _ string) (bool, error) {
						if o == op {
							time.Sleep(time.Minute) // after this minute, the operation succeeds
						}
						return false, nil
					})
					return "", nil
				}
				start := time.Now()
				w := post(background, h.Auth, h.phone.Login())
				if code(w) != wxauth.CodeStoreUnavailable || time.Since(start) != 10*time.Second {
					t.Errorf("got %d %s after %v", w.Code, w.Body, time.Since(start))
				}
				time.Sleep(time.Hour)
				store.set(nil)
				if logins, err := h.Logins(background, alice); len(logins) > 0 || err != nil || store.logins(t) > 0 {
					t.Errorf("Logins: %v, %v; %d sessions", logins, err, store.logins(t))
				}
			})
		})
	}
}

// TestOnEventEndsBadly checks that the answer to a login does not change if OnEvent panics
// or calls runtime.Goexit. A login runs in its own goroutine, in which net/http does not
// recover from panics, so wxauth must recover from them.
func TestOnEventEndsBadly(t *testing.T) {
	for name, test := range map[string]struct {
		event, hook func()
		status      int
	}{
		"panics":             {func() { panic("S3CRET") }, func() {}, 200},
		"panics, too late":   {func() { panic("S3CRET") }, func() { time.Sleep(time.Minute) }, 500},
		"ends its goroutine": {runtime.Goexit, func() {}, 200},
		"ends it, too late":  {runtime.Goexit, func() { time.Sleep(time.Minute) }, 500},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log lines
				auth, wechat := newAuth(t, wxauth.Config{
					Logger:  log.logger(),
					OnLogin: func(*http.Request, wxauth.Identity) (string, error) { test.hook(); return "", nil },
					OnEvent: func(_ context.Context, e wxauth.Event) {
						if e.Name == wxauth.EventLogin {
							test.event()
						}
					},
				})
				ctx, cancel := context.WithTimeout(background, time.Hour)
				defer cancel()
				w := post(ctx, auth, wechat.Phone(appID, openID).Login())
				if w.Code != test.status {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
				time.Sleep(2 * time.Hour)
				if w.Code == 200 && reasonOf(auth, tokenOf(t, w)) != "200" {
					t.Error("the token that was handed out does not work")
				}
				if text := log.String(); strings.Contains(text, "panic in Config.OnEvent") != strings.Contains(name, "panics") || strings.Contains(text, "S3CRET") {
					t.Errorf("log: %s", text)
				}
			})
		})
	}
}
