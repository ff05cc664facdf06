package wxauth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// 150 posts of one code that arrive before the login is done are one login: one
// session, one event, one call of OnLogin. Each is answered with its own request,
// the old login that they all bring ends, and no other login is pushed out.
func TestOneCodeIsOneLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newTestStore()
		var mu sync.Mutex
		var events []string
		replied := make(map[string]string)
		hooks := 0
		auth, wechat := newAuth(t, wxauth.Config{
			Sessions:  sessionsIn(store),
			MaxLogins: 2,
			OnLogin: func(r *http.Request, id wxauth.Identity) (string, error) {
				hooks++
				time.Sleep(time.Second) // the bubble's clock
				return "u7", nil
			},
			ReplyLogin: func(w http.ResponseWriter, r *http.Request, l wxauth.Login) {
				mu.Lock()
				defer mu.Unlock()
				replied[r.Header.Get("X-Request")] = l.Token
			},
			OnEvent: func(_ context.Context, e wxauth.Event) {
				mu.Lock()
				defer mu.Unlock()
				events = append(events, e.Name+" "+e.Outcome)
			},
		})
		phone := wechat.Phone(appID, openID)
		tokenFor := func(name, old, code string) string {
			r := requestWith(old)
			r.URL.RawQuery = "code=" + code
			r.Header.Set("X-Request", name)
			auth.LoginHandler().ServeHTTP(httptest.NewRecorder(), r)
			mu.Lock()
			defer mu.Unlock()
			return replied[name]
		}
		other, old := tokenFor("other", "", phone.Login()), tokenFor("old", "", phone.Login())
		events, hooks = nil, 0
		code := phone.Login()
		var posts sync.WaitGroup
		for i := range 150 {
			posts.Go(func() {
				time.Sleep(time.Duration(i) * 5 * time.Millisecond) // some come during OnLogin
				tokenFor(fmt.Sprint(i), old, code)
			})
		}
		posts.Wait()
		token := replied["0"]
		for i := range 150 {
			if replied[fmt.Sprint(i)] != token || len(token) != 43 {
				t.Fatalf("request %d got %q, request 0 %q", i, replied[fmt.Sprint(i)], token)
			}
		}
		if got := strings.Join(events, ", "); got != "end ok, login ok" || hooks != 1 {
			t.Errorf("events %s, %d calls of OnLogin", got, hooks)
		}
		for name, want := range map[string]int{token: 200, other: 200, old: 401} {
			if w := serve(auth.Require(me), "GET", "/", name, ""); w.Code != want {
				t.Errorf("got %d, want %d", w.Code, want)
			}
		}
		if n := store.logins(t); n != 2 {
			t.Errorf("%d sessions, want 2", n)
		}
	})
}

// When nobody waits any more, nothing is stored, whenever the callers leave.
func TestNobodyWaits(t *testing.T) {
	for name, leave := range map[string]time.Duration{"during the exchange": 500 * time.Millisecond, "during OnLogin": 1500 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				var outcomes []string
				auth, wechat := newAuth(t, wxauth.Config{
					Sessions: sessionsIn(store),
					OnLogin: func(r *http.Request, _ wxauth.Identity) (string, error) {
						time.Sleep(time.Second) // the bubble's clock
						return "", r.Context().Err()
					},
					OnEvent: func(_ context.Context, e wxauth.Event) { outcomes = append(outcomes, e.Name+" "+e.Outcome) },
				})
				wechat.SetLatency(time.Second)
				ctx, cancel := context.WithTimeout(background, leave)
				defer cancel()
				w := post(ctx, auth, wechat.Phone(appID, openID).Login())
				time.Sleep(time.Minute)
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

// A call that all its callers have left before it had its turn is not sent, and its
// code stays good.
func TestLeftBeforeItsTurn(t *testing.T) {
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

// The front end of WeChat has errors of its own. The client waits as told, and the
// code is not sent again.
func TestFrontEndErrors(t *testing.T) {
	for status, want := range map[int]string{429: wxauth.CodeWeChatUnavailable, 502: wxauth.CodeWeChatUnavailable, 503: wxauth.CodeWeChatUnavailable,
		504: wxauth.CodeWeChatUnavailable, 500: wxauth.CodeWeChatBadReply, 404: wxauth.CodeWeChatBadReply} {
		for _, retryAfter := range []string{"", "17", "3600"} {
			auth, wechat := newAuth(t, wxauth.Config{})
			wechat.FailAlways(wxtest.Fault{Status: status, Header: http.Header{"Retry-After": {retryAfter}}})
			w := post(background, auth, wechat.Phone(appID, openID).Login())
			got := w.Header().Get("Retry-After")
			good := len(got) == 1 && got >= "1" && got <= "5"
			if want == wxauth.CodeWeChatUnavailable && retryAfter != "" {
				good = got == map[string]string{"17": "17", "3600": "60"}[retryAfter]
			}
			if code(w) != want || !good && !(want == wxauth.CodeWeChatBadReply && got != "") || wechat.Count("") != 1 {
				t.Errorf("%d, Retry-After %q: %d %s, Retry-After %q, %d calls", status, retryAfter, w.Code, w.Body, got, wechat.Count(""))
			}
		}
	}
}

// One user's phone code is traded once, however often it is sent at once. Another
// user with the same code does not get the number.
func TestPhoneCodeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		phone, other := wechat.Phone(appID, openID), wechat.Phone(appID, "another user")
		mine, theirs := contextOf(t, auth, login(t, auth, phone)), contextOf(t, auth, login(t, auth, other))
		auth.PhoneNumber(mine, phone.PhoneCode("86", "13580000000")) // for the access token
		calls := wechat.Count("/wxa/business/getuserphonenumber")
		wechat.SetLatency(time.Second)
		code := phone.PhoneCode("86", "13580006666")
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if number, err := auth.PhoneNumber(mine, code); err != nil || number.PurePhoneNumber != "13580006666" {
					t.Errorf("got %v, %v", number, err)
				}
			})
		}
		all.Go(func() {
			if number, err := auth.PhoneNumber(theirs, code); err == nil {
				t.Errorf("another user got %v", number)
			}
		})
		all.Wait()
		if n := wechat.Count("/wxa/business/getuserphonenumber") - calls; n != 2 {
			t.Errorf("%d calls, want 2: one for each user", n)
		}
	})
}

// What helps with a phone code is the button, not wx.login.
func TestPhoneCodeDetails(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	phone := wechat.Phone(appID, openID)
	ctx := contextOf(t, auth, login(t, auth, phone))
	auth.PhoneNumber(ctx, phone.PhoneCode("86", "13580000000")) // for the access token
	for name, test := range map[string]struct {
		fault wxtest.Fault
		want  string
	}{
		"busy":              {wxtest.Fault{ErrCode: -1}, wxauth.CodeWeChatUnavailable},
		"status 503":        {wxtest.Fault{Status: 503}, wxauth.CodeWeChatUnavailable},
		"used":              {wxtest.Fault{ErrCode: 40029}, wxauth.CodeInvalidCode},
		"of another app":    {wxtest.Fault{ErrCode: 40013}, wxauth.CodeInvalidCode},
		"of another user":   {wxtest.Fault{ErrCode: 40003}, wxauth.CodeInvalidCode},
		"an odd reply":      {wxtest.Fault{Body: "<html>"}, wxauth.CodeWeChatBadReply},
		"too often":         {wxtest.Fault{ErrCode: 45011}, wxauth.CodeRateLimited},
		"not allowed to do": {wxtest.Fault{ErrCode: 48001}, wxauth.CodeMisconfigured},
	} {
		wechat.FailAlways(test.fault)
		w := httptest.NewRecorder()
		_, err := auth.PhoneNumber(ctx, phone.PhoneCode("86", "13580006666"))
		auth.WriteError(w, httptest.NewRequest("POST", "/", nil), err)
		wechat.ClearFaults()
		if code(w) != test.want || strings.Contains(w.Body.String(), "wx.login") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// A hook that panics fails its own login, and nothing else.
func TestHooksPanic(t *testing.T) {
	for name, change := range map[string]func(*wxauth.Config){
		"OnLogin": func(c *wxauth.Config) {
			c.OnLogin = func(*http.Request, wxauth.Identity) (string, error) { panic("boom") }
		},
		"OnEvent": func(c *wxauth.Config) { c.OnEvent = func(context.Context, wxauth.Event) { panic("boom") } },
	} {
		var log lines
		c := wxauth.Config{Logger: log.logger()}
		change(&c)
		auth, wechat := newAuth(t, c)
		w := post(background, auth, wechat.Phone(appID, openID).Login())
		if want := map[string]int{"OnLogin": 500, "OnEvent": 200}[name]; w.Code != want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, want)
		}
		if !strings.Contains(log.String(), "panic") || strings.Contains(log.String(), "boom") {
			t.Errorf("%s: log %s", name, &log)
		}
	}
}
