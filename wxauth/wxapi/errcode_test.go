package wxapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// classes maps an error class to errcodes that have this class in the reply to a login.
var classes = map[error][]int{
	wxapi.ErrBusy:              {-1},
	wxapi.ErrInvalidCode:       {40029, 40163, 42003, 42007},
	wxapi.ErrUserBlocked:       {40226, 50002},
	wxapi.ErrSessionKeyInvalid: {87007, 87009},
	wxapi.ErrRateLimited:       {45009, 45011},
	wxapi.ErrAccessToken:       {40014, 42001},
	wxapi.ErrMisconfigured: {40001, 40002, 40003, 40013, 40090, 40094, 40097, 40125, 40164, 40243,
		41001, 41002, 41004, 41008, 41009, 41018, 41021, 43001, 43002, 43003, 44002, 45035, 47001, 48001, 48004,
		50001, 50004, 50007, 61003, 61004, 61005, 61006, 61007, 61011, 61014, 61024, 87008, 89503, 89506, 89507},
	wxapi.ErrBadReply: {40037, 1, 99999999},
}

func TestErrcodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in a synctest bubble, the pauses between attempts take no real time
		for class, codes := range classes {
			for _, code := range codes {
				for _, quoted := range []bool{false, true} {
					client, wechat := newClient(wxapi.Options{})
					wechat.FailAlways(wxtest.Fault{ErrCode: code, QuoteErrCode: quoted})
					_, err := client.Code2Session(background, "code")
					var e *wxapi.Error
					if !errors.Is(err, class) || !errors.As(err, &e) || e.Code != code || len(e.RID) != 26 {
						t.Errorf("errcode %d, quoted %v: got %v, want %v with a rid", code, quoted, err, class)
					}
					for other := range classes {
						if other != class && errors.Is(err, other) {
							t.Errorf("errcode %d is also %v", code, other)
						}
					}
				}
			}
		}
	})
}

// The text of an Error must explain every errcode in the map classes, except those of
// ErrBadReply.
func TestErrorInWords(t *testing.T) {
	for class, codes := range classes {
		for _, code := range codes {
			text := (&wxapi.Error{Code: code, RID: "5f4b2d2b-0d7b4fd8-1e2b9d3a"}).Error()
			unknown := strings.Contains(text, "unknown failure")
			if !strings.HasPrefix(text, fmt.Sprintf("errcode %d: ", code)) || !strings.HasSuffix(text, ", rid 5f4b2d2b-0d7b4fd8-1e2b9d3a") ||
				unknown != (class == wxapi.ErrBadReply) {
				t.Errorf("errcode %d: %s", code, text)
			}
		}
	}
	for text, want := range map[string]struct {
		fault wxtest.Fault
		words []string
	}{
		"AppSecret":      {wxtest.Fault{ErrCode: 40125}, []string{"AppSecret is wrong or was reset", "development settings"}},
		"not AppSecret":  {wxtest.Fault{ErrCode: 40001}, []string{"AppSecret is wrong or was reset", "development settings"}},
		"AppID":          {wxtest.Fault{ErrCode: 40013}, []string{"AppID is wrong"}},
		"address":        {wxtest.Fault{ErrCode: 40164, ErrMsg: "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist"}, []string{"server's address 203.0.113.9 is not on the app's IP allowlist", "add it in the app's development settings"}},
		"address absent": {wxtest.Fault{ErrCode: 40164, ErrMsg: "no"}, []string{"server's address is not on the app's IP allowlist"}},
		"missing":        {wxtest.Fault{ErrCode: 41002}, []string{"AppID is missing"}},
		"not authorized": {wxtest.Fault{ErrCode: 48001}, []string{"may not use this API"}},
		"status":         {wxtest.Fault{Status: 500}, []string{"HTTP status 500"}},
	} {
		client, wechat := newClient(wxapi.Options{})
		wechat.FailNext(want.fault)
		_, err := client.Code2Session(background, "code")
		for _, words := range want.words {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: got %q, want %q in it", text, err, words)
			}
		}
	}
}

func TestErrcodeByCall(t *testing.T) {
	client, wechat := newClient(wxapi.Options{})
	key := loggedIn(wechat)
	for _, test := range []struct {
		path  string
		code  int
		call  func() error
		class error
		words string
	}{
		{phoneNumber, 40013, func() error { return second(client.PhoneNumber(background, "code", openID)) }, wxapi.ErrInvalidCode, "the phone code is another app's"},
		{phoneNumber, 40003, func() error { return second(client.PhoneNumber(background, "code", openID)) }, wxapi.ErrInvalidCode, "the phone code is another user's"},
		{phoneNumber, 40125, func() error { return second(client.PhoneNumber(background, "code", openID)) }, wxapi.ErrMisconfigured, "AppSecret"},
		{check, 40013, func() error { return client.CheckSessionKey(background, openID, key) }, wxapi.ErrMisconfigured, "the AppID is wrong"},
		{check, 40003, func() error { return client.CheckSessionKey(background, openID, key) }, wxapi.ErrMisconfigured, "the openid is not one of this app's"},
		{login, 40013, func() error { return second(client.Code2Session(background, "code")) }, wxapi.ErrMisconfigured, "the AppID is wrong"},
		{login, 40003, func() error { return second(client.Code2Session(background, "code")) }, wxapi.ErrMisconfigured, "the openid"},
	} {
		wechat.FailNext(wxtest.Fault{Path: test.path, ErrCode: test.code})
		err := test.call()
		if !errors.Is(err, test.class) || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%d at %s: got %v, want %v, %q", test.code, test.path, err, test.class, test.words)
		}
		if other := wxapi.ErrMisconfigured; test.class != other && errors.Is(err, other) {
			t.Errorf("%d at %s is also %v", test.code, test.path, other)
		}
	}
}

// Of WeChat's errmsg, an Error must keep only the request id and, for errcode 40164, the
// IP address, because the rest of an errmsg can contain secrets.
func TestErrorKeepsOnlyTheRIDAndTheAddress(t *testing.T) {
	const rid = "5f4b2d2b-0d7b4fd8-1e2b9d3a"
	ip := netip.MustParseAddr
	for _, test := range []struct {
		code   int
		errmsg string
		want   wxapi.Error
	}{
		{40029, "invalid code, rid: 5f4b2d2b-0d7b4fd8-1e2b9d3a", wxapi.Error{RID: rid}},
		{40029, "invalid code rid: 5f4b2d2b-0d7b4fd8-1e2b9d3a, etc", wxapi.Error{RID: rid}},
		{40029, "invalid code, rid: 5f4b2d2b-0d7b4fd8-1e2b9d3", wxapi.Error{}},
		{40029, "invalid code, rid: the secret of the app is this!", wxapi.Error{}},
		{40029, "invalid code, rid: 5f4b2d2b-0d7b4fd8x1e2b9d3a", wxapi.Error{}},
		{40029, "invalid code, rid: 5f4b2d2b-0d7b-fd8-1e2b9d3a", wxapi.Error{}},
		{40029, "invalid code, hints: [ req_id: abc ]", wxapi.Error{}},
		{40029, "rid: ", wxapi.Error{}},
		{40164, "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist, rid: " + rid, wxapi.Error{RID: rid, Address: ip("1.2.3.4")}},
		{40164, "invalid ip 1.2.3.4, not in whitelist", wxapi.Error{Address: ip("1.2.3.4")}},
		{40164, "invalid ip 2001:db8::1, not in whitelist", wxapi.Error{Address: ip("2001:db8::1")}},
		{40164, "invalid ip ::ffff:1.2.3.4, not in whitelist", wxapi.Error{Address: ip("1.2.3.4")}},
		{40164, "invalid ip 1.2.3.4", wxapi.Error{Address: ip("1.2.3.4")}},
		{40164, "invalid ip fe80::1%theAppSecret, not in whitelist", wxapi.Error{}},
		{40164, "invalid ip theAppSecret, not in whitelist", wxapi.Error{}},
		{40164, "invalid ip 1.2.3, not in whitelist", wxapi.Error{}},
		{40164, "invalid ip 1.2.3.4theAppSecret", wxapi.Error{}},
		{40164, "invalid ip ", wxapi.Error{}},
		{40029, "invalid ip 1.2.3.4, not in whitelist", wxapi.Error{}},
	} {
		client, wechat := newClient(wxapi.Options{})
		wechat.FailNext(wxtest.Fault{Body: fmt.Sprintf(`{"errcode":%d,"errmsg":%q}`, test.code, test.errmsg)})
		_, err := client.Code2Session(background, "code")
		var e *wxapi.Error
		if !errors.As(err, &e) || e.RID != test.want.RID || e.Address != test.want.Address || !isWithheld(err.Error(), "theAppSecret") {
			t.Errorf("%s: got %v, want rid %q and address %v", test.errmsg, err, test.want.RID, test.want.Address)
		}
	}
}

// After a reply with an HTTP status other than 200, the client must not send the code
// again, because WeChat may have used the code.
func TestHTTPStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for status := 201; status < 600; status++ {
			class := wxapi.ErrBadReply
			if status == 429 || status == 502 || status == 503 || status == 504 {
				class = wxapi.ErrUnavailable
			}
			for _, body := range []string{"", `{"openid":"o","session_key":"k"}`, `{"errcode":40029}`} {
				calls := 0
				client := wxapi.New(app, wxapi.Options{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					calls++
					return replies(status, nil, body).RoundTrip(nil)
				})})
				_, err := client.Code2Session(background, "code")
				var e *wxapi.Error
				if !errors.Is(err, class) || !errors.As(err, &e) || e.Status != status || e.Code != 0 || calls != 1 {
					t.Errorf("HTTP status %d, %s: got %v after %d calls, want %v after one", status, body, err, calls, class)
				}
			}
		}
	})
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().UTC()
		for text, want := range map[string]time.Duration{
			"": 0, "0": 0, "7": 7 * time.Second, "60": time.Minute, "61": time.Minute, "86400": time.Minute,
			"4294967295": time.Minute, "-7": 0, "soon": 0, "7.5": 0, "7s": 0, " 7": 0,
			now.Add(20 * time.Second).Format(http.TimeFormat): 20 * time.Second,
			now.Add(time.Hour).Format(http.TimeFormat):        time.Minute,
			now.Add(-time.Hour).Format(http.TimeFormat):       0,
		} {
			client := wxapi.New(app, wxapi.Options{Transport: replies(503, http.Header{"Retry-After": {text}}, "")})
			_, err := client.Code2Session(background, "code")
			var e *wxapi.Error
			if !errors.As(err, &e) || e.RetryAfter != want {
				t.Errorf("Retry-After %q: got %+v, want %v", text, e.RetryAfter, want)
			}
		}
	})
}

// Of a reply, the RoundTripper from Options.Instrument must see only the HTTP status, the
// errcode and the request id.
func TestInstrumentSeesErrcode(t *testing.T) {
	const rid = "5f4b2d2b-0d7b4fd8-1e2b9d3a"
	for body, want := range map[string]http.Header{
		`{"errcode":40029,"errmsg":"x, rid: ` + rid + `"}`: {"Wxapi-Errcode": {"40029"}, "Wxapi-Rid": {rid}},
		`{"errcode":"45011","errmsg":"x"}`:                 {"Wxapi-Errcode": {"45011"}},
		`{"openid":"o","session_key":"k"}`:                 {},
		`{"errcode":0,"errmsg":"ok","openid":"o"}`:         {},
		`<html>`: {},
		`{"errcode":40029,"ERRCODE":0,"errmsg":"rid: ` + rid + `"`: {},
	} {
		var got *http.Response
		client := wxapi.New(app, wxapi.Options{
			Transport: replies(200, http.Header{"Set-Cookie": {"secret"}}, body),
			Instrument: func(base http.RoundTripper) http.RoundTripper {
				return roundTripper(func(r *http.Request) (resp *http.Response, err error) {
					got, err = base.RoundTrip(r)
					return got, err
				})
			},
		})
		client.Code2Session(context.Background(), "code")
		if diff := cmp.Diff(want, got.Header); diff != "" || got.StatusCode != 200 || got.Body != http.NoBody {
			t.Errorf("%s: status %d, header (-want +got):\n%s", body, got.StatusCode, diff)
		}
	}
}
