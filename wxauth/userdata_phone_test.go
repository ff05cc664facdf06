package wxauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// TestPhoneCodeAtOnce checks that PhoneNumber sends a phone code to WeChat only once if the
// same user presents the code ten times concurrently.
func TestPhoneCodeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth, wechat := newAuth(t, wxauth.Config{})
		phone, other := wechat.Phone(appID, openID), wechat.Phone(appID, "another user")
		mine, theirs := contextOf(t, auth, login(t, auth, phone)), contextOf(t, auth, login(t, auth, other))
		auth.PhoneNumber(mine, phone.PhoneCode("86", "13580000000")) // makes the Auth fetch its access token
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

// TestPhoneCodeDetails checks that an error of PhoneNumber does not tell the client to call
// wx.login. Only another tap on the getPhoneNumber button makes a new phone code.
func TestPhoneCodeDetails(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	phone := wechat.Phone(appID, openID)
	ctx := contextOf(t, auth, login(t, auth, phone))
	auth.PhoneNumber(ctx, phone.PhoneCode("86", "13580000000")) // makes the Auth fetch its access token
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

func TestPhoneNumberIsTheCallers(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	phone, other := wechat.Phone(appID, openID), wechat.Phone(appID, "another user")
	ctx := contextOf(t, auth, login(t, auth, phone))
	other.Login()
	got, err := auth.PhoneNumber(ctx, phone.PhoneCode("86", "13580006666"))
	if err != nil || got.PurePhoneNumber != "13580006666" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := auth.PhoneNumber(ctx, other.PhoneCode("86", "13580006667")); err == nil {
		t.Errorf("another user's code gave %v", got)
	}
	for _, bad := range []string{"", strings.Repeat("c", 513), "a\nb", "a\x7fb"} {
		var e *wxauth.Error
		if _, err := auth.PhoneNumber(ctx, bad); !errors.As(err, &e) || e.Code != "invalid_request" {
			t.Errorf("code %.20q: got %v, want invalid_request", bad, err)
		}
	}
}

// TestPhoneNumberFromATransportThatEnds checks that PhoneNumber does not wait forever if
// the transport panics or calls runtime.Goexit.
func TestPhoneNumberFromATransportThatEnds(t *testing.T) {
	for name, end := range map[string]func(){"Goexit": runtime.Goexit, "panic": func() { panic("boom") }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wechat := wxtest.NewServer(app)
				good := wechat.Transport()
				auth, _ := newAuth(t, wxauth.Config{API: wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					if r.URL.Path == "/wxa/business/getuserphonenumber" {
						end()
					}
					return good.RoundTrip(r)
				})}})
				phone := wechat.Phone(appID, openID)
				ctx := contextOf(t, auth, login(t, auth, phone))
				for range 2 {
					if _, err := auth.PhoneNumber(ctx, phone.PhoneCode("86", "13580006666")); errorCode(err) != wxauth.CodeInternal {
						t.Errorf("got %v, want %s", err, wxauth.CodeInternal)
					}
				}
			})
		})
	}
}

// TestPhoneCodeIsNotSentForNobody checks that a phone code is not sent to WeChat if the
// context of PhoneNumber's only caller has ended. WeChat accepts a phone code only once.
func TestPhoneCodeIsNotSentForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wechat := wxtest.NewServer(app)
		good := wechat.Transport()
		sent := 0
		ctx, cancel := context.WithCancel(background)
		auth, _ := newAuth(t, wxauth.Config{API: wxapi.Options{
			AccessToken: func(context.Context, string, string) (string, error) {
				cancel()
				synctest.Wait()
				return "token", nil
			},
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/wxa/business/getuserphonenumber" {
					sent++
				}
				return good.RoundTrip(r)
			}),
		}})
		phone := wechat.Phone(appID, openID)
		var in context.Context
		auth.Require(contextTo(&in)).ServeHTTP(httptest.NewRecorder(), requestWith(login(t, auth, phone)).WithContext(ctx))
		if _, err := auth.PhoneNumber(in, phone.PhoneCode("86", "13580006666")); err == nil || sent != 0 {
			t.Errorf("got %v, sent %d times", err, sent)
		}
		time.Sleep(time.Minute)
		if sent != 0 {
			t.Errorf("sent %d times", sent)
		}
	})
}

// TestPhoneCodeAfterTheFirstCallerLeft checks two callers of PhoneNumber with the same
// code. The first caller's context ends before the code is sent, so the call to WeChat is
// canceled. PhoneNumber must make a new call to WeChat for the second caller.
func TestPhoneCodeAfterTheFirstCallerLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wechat := wxtest.NewServer(app)
		good := wechat.Transport()
		var second func()
		auth, _ := newAuth(t, wxauth.Config{API: wxapi.Options{
			AccessToken: func(context.Context, string, string) (string, error) {
				if f := second; f != nil {
					second = nil
					f()
				}
				return "token", nil
			},
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path != "/wxa/business/getuserphonenumber" {
					return good.RoundTrip(r)
				}
				time.Sleep(time.Millisecond)
				if err := r.Context().Err(); err != nil {
					return nil, err
				}
				return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"errcode":0,"phone_info":{"phoneNumber":"13580006666",` +
					`"purePhoneNumber":"13580006666","countryCode":"86","watermark":{"timestamp":1,"appid":"` + appID + `"}}}`))}, nil
			}),
		}})
		token := login(t, auth, wechat.Phone(appID, openID))
		left, leave := context.WithCancel(background)
		var got wxapi.PhoneNumber
		var err error
		var done sync.WaitGroup
		second = func() {
			leave()
			synctest.Wait()
			done.Go(func() { got, err = auth.PhoneNumber(contextOf(t, auth, token), "code") })
			synctest.Wait()
		}
		var in context.Context
		auth.Require(contextTo(&in)).ServeHTTP(httptest.NewRecorder(), requestWith(token).WithContext(left))
		if _, err := auth.PhoneNumber(in, "code"); err == nil {
			t.Error("the first caller did not leave")
		}
		time.Sleep(time.Second)
		done.Wait()
		if err != nil || got.PurePhoneNumber != "13580006666" {
			t.Errorf("the second caller: %v, %v", got, err)
		}
	})
}
