package wxauth_test

import (
	"context"
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

// TestOneCodeAtOnce checks that concurrent posts of one code make one call to WeChat and
// one login.
func TestOneCodeAtOnce(t *testing.T) {
	for _, n := range []int{2, 100, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var hooks atomic.Int32
				auth, wechat := newAuth(t, wxauth.Config{OnLogin: func(*http.Request, wxauth.Identity) (string, error) {
					hooks.Add(1)
					return "", nil
				}})
				user := wechat.Phone(appID, openID).Login()
				wechat.FailAlways(wxtest.Fault{Delay: time.Second})
				replies := make([]*httptest.ResponseRecorder, n)
				var posts sync.WaitGroup
				for i := range replies {
					posts.Go(func() { replies[i] = post(background, auth, user) })
				}
				synctest.Wait()
				if calls := wechat.Count(code2Session); calls != 1 {
					t.Errorf("%d calls while all wait, want 1", calls)
				}
				posts.Wait()
				tokens := make(map[string]bool)
				live := 0
				for _, w := range replies {
					if w.Code != 200 {
						t.Fatalf("got %d %s", w.Code, w.Body)
					}
					token := tokenOf(t, w)
					tokens[token] = true
					if serve(auth.Require(me), "GET", "/", token, "").Body.String() == openID {
						live++
					}
				}
				if len(tokens) != 1 || live != n || hooks.Load() != 1 || wechat.Count("") != 1 {
					t.Errorf("%d tokens, %d live, %d calls of OnLogin, %d of WeChat", len(tokens), live, hooks.Load(), wechat.Count(""))
				}
				logins, err := auth.Logins(background, alice)
				if len(logins) != 1 || err != nil {
					t.Errorf("%d logins, %v, want 1", len(logins), err)
				}
				if revoked, err := auth.Revoke(background, alice, ""); revoked != 1 || err != nil {
					t.Errorf("revoked %d, %v", revoked, err)
				}
				for token := range tokens {
					if w := serve(auth.Require(me), "GET", "/", token, ""); w.Code != 401 {
						t.Fatalf("after Revoke: %d", w.Code)
					}
				}
			})
		})
	}
}

// TestFirstCallerGoesAway posts one code from two clients. The first client disconnects
// during the call to WeChat. The call must continue, and the second client must get the
// login.
func TestFirstCallerGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		user := wechat.Phone(appID, openID).Login()
		wechat.FailAlways(wxtest.Fault{Delay: time.Second})
		ctx, cancel := context.WithCancel(background)
		var first, second *httptest.ResponseRecorder
		var posts sync.WaitGroup
		posts.Go(func() { first = post(ctx, auth, user) })
		synctest.Wait()
		posts.Go(func() { second = post(background, auth, user) })
		synctest.Wait()
		cancel()
		start := time.Now()
		synctest.Wait()
		if first == nil || time.Since(start) != 0 {
			t.Error("the first caller is still waiting")
		}
		posts.Wait()
		if code(first) != "wechat_unavailable" || second.Code != 200 || wechat.Count("") != 1 {
			t.Errorf("first %d %s, second %d %s, %d calls", first.Code, first.Body, second.Code, second.Body, wechat.Count(""))
		}
	})
}

// TestAllCallersGoAway checks that nothing is stored if the only client that posted a
// code disconnects during the call to WeChat. A later post of the code must be refused
// without another call to WeChat.
func TestAllCallersGoAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newTestStore()
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
		user := wechat.Phone(appID, openID).Login()
		wechat.FailAlways(wxtest.Fault{Delay: time.Second})
		ctx, cancel := context.WithTimeout(background, time.Millisecond)
		defer cancel()
		post(ctx, auth, user)
		time.Sleep(time.Minute) // on synctest's fake clock
		if ops := store.list(); ops != "" {
			t.Errorf("the store was used: %s", ops)
		}
		if w := post(background, auth, user); w.Code != 400 || wechat.Count("") != 1 {
			t.Errorf("again: got %d %s, %d calls", w.Code, w.Body, wechat.Count(""))
		}
	})
}

// TestFailureIsShared checks that concurrent posts of one code get the same failure from
// one call to WeChat. One more post of the code causes a second call, except after
// invalid_code.
func TestFailureIsShared(t *testing.T) {
	for name, test := range map[string]struct {
		fault wxtest.Fault
		want  string
		calls int // the number of calls to WeChat after one more post
	}{
		"refused":     {wxtest.Fault{ErrCode: 40029, Delay: time.Second}, "invalid_code", 1},
		"used":        {wxtest.Fault{ErrCode: 40163, Delay: time.Second}, "invalid_code", 1},
		"bad reply":   {wxtest.Fault{Status: 500, Delay: time.Second}, "wechat_bad_reply", 2},
		"rate limit":  {wxtest.Fault{ErrCode: 45011, Delay: time.Second}, "rate_limited", 2},
		"user denied": {wxtest.Fault{ErrCode: 40226, Delay: time.Second}, "login_denied", 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				auth, wechat := newAuth(t, wxauth.Config{})
				user := wechat.Phone(appID, openID).Login()
				wechat.FailAlways(test.fault)
				var posts sync.WaitGroup
				for range 10 {
					posts.Go(func() {
						if w := post(background, auth, user); code(w) != test.want {
							t.Errorf("got %d %s", w.Code, w.Body)
						}
					})
				}
				posts.Wait()
				if calls := wechat.Count(""); calls != 1 {
					t.Errorf("%d calls, want 1", calls)
				}
				post(background, auth, user)
				if calls := wechat.Count(""); calls != test.calls {
					t.Errorf("with one more %d calls, want %d", calls, test.calls)
				}
			})
		})
	}
}

// TestTransportPanics makes the round tripper of wxapi.Options.Transport or of
// wxapi.Options.Instrument panic or call runtime.Goexit. All logins that share the failed
// call to WeChat must fail with the code internal. A later login, without the fault, must
// succeed.
func TestTransportPanics(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":     func() { panic("boom") },
		"nil error": func() { panic(error(nil)) },
		"abort":     func() { panic(http.ErrAbortHandler) },
		"end":       runtime.Goexit,
	} {
		for _, outer := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, Instrument %v", name, outer), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					wechat := wxtest.NewServer(app)
					good := wechat.Transport()
					bad := true
					faulty := roundTripper(func(r *http.Request) (*http.Response, error) {
						if bad {
							time.Sleep(time.Second) // on synctest's fake clock
							end()
						}
						return good.RoundTrip(r)
					})
					api := wxapi.Options{Transport: faulty, MaxInFlight: 1}
					if outer {
						api.Transport = good
						api.Instrument = func(base http.RoundTripper) http.RoundTripper {
							return roundTripper(func(r *http.Request) (*http.Response, error) {
								if bad {
									time.Sleep(time.Second)
									end()
								}
								return base.RoundTrip(r)
							})
						}
					}
					auth, _ := newAuth(t, wxauth.Config{API: api})
					user := wechat.Phone(appID, openID).Login()
					var posts sync.WaitGroup
					for range 10 {
						posts.Go(func() {
							if w := post(background, auth, user); code(w) != "internal" {
								t.Errorf("got %d %s", w.Code, w.Body)
							}
						})
					}
					posts.Wait()
					bad = false
					if w := post(background, auth, user); w.Code != 200 {
						t.Errorf("afterwards: %d %s", w.Code, w.Body)
					}
				})
			})
		}
	}
}

func TestLoginThatNobodyWaitsForIsNotStored(t *testing.T) {
	for name, leave := range map[string]time.Duration{"during the exchange": 500 * time.Millisecond, "during OnLogin": 1500 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				var outcomes []string
				auth, wechat := newAuth(t, wxauth.Config{
					Sessions: sessionsIn(store),
					OnLogin: func(r *http.Request, _ wxauth.Identity) (string, error) {
						time.Sleep(time.Second) // on synctest's fake clock
						return "", r.Context().Err()
					},
					OnEvent: func(_ context.Context, e wxauth.Event) { outcomes = append(outcomes, e.Name+" "+e.Outcome) },
				})
				wechat.SetLatency(time.Second)
				ctx, cancel := context.WithTimeout(background, leave)
				defer cancel()
				w := post(ctx, auth, wechat.Phone(appID, openID).Login())
				time.Sleep(time.Minute)
				synctest.Wait()
				if n := store.logins(t); n != 0 || w.Code != 503 {
					t.Errorf("%d sessions, reply %d", n, w.Code)
				}
				if got := strings.Join(outcomes, ", "); got != "login canceled" {
					t.Errorf("events: %s", got)
				}
			})
		})
	}
}

// TestCallThatAllLeaveIsNotSent sets MaxInFlight to 1, so the second login must wait before
// it calls WeChat. The only client of the second login disconnects during the wait. The
// call must not be sent, and the code must stay valid.
func TestCallThatAllLeaveIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{API: wxapi.Options{MaxInFlight: 1}})
		wechat.SetLatency(time.Second)
		first, second := wechat.Phone(appID, openID).Login(), wechat.Phone(appID, "another user").Login()
		go post(background, auth, first)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, 100*time.Millisecond)
		defer cancel()
		post(ctx, auth, second)
		time.Sleep(5 * time.Second)
		if n := wechat.Count(""); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
		if w := post(background, auth, second); w.Code != 200 {
			t.Errorf("the code afterwards: %d %s", w.Code, w.Body)
		}
	})
}
