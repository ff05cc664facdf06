package wxapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var app = wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "s3cret/+&=% of the app"}

const (
	openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
	login  = "/sns/jscode2session"
)

// background is the context of calls that nothing ends.
var background = context.Background()

// newClient returns a client of a fake WeChat that it reaches without a network.
func newClient(o wxapi.Options) (*wxapi.Client, *wxtest.Server) {
	wechat := wxtest.NewServer(app)
	o.Transport = wechat.Transport()
	return wxapi.New(app, o), wechat
}

func TestCode2Session(t *testing.T) {
	client, wechat := newClient(wxapi.Options{})
	phone := wechat.Phone(app.ID, openID)
	wechat.SetUnionID(app.ID, openID, "ocMvos6NjeKLIBqg5Mr9QjxrP1FA")
	code := phone.Login()
	got, err := client.Code2Session(background, code)
	want := wxapi.Session{OpenID: openID, UnionID: "ocMvos6NjeKLIBqg5Mr9QjxrP1FA", Key: phone.SessionKey()}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got):\n%s, err %v", diff, err)
	}
	if _, err = client.Code2Session(background, code); !errors.Is(err, wxapi.ErrInvalidCode) || errors.Is(err, wxapi.ErrOutcomeUnknown) {
		t.Errorf("used code: got %v, want ErrInvalidCode alone", err)
	}
}

// The request is to the letter what the documentation says, whatever is in the
// code and the secret.
func TestCode2SessionRequest(t *testing.T) {
	var got *http.Request
	client := wxapi.New(app, wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r
		return nil, errors.New("enough")
	})})
	code := "a&js_code=b#%00/+ ☃"
	client.Code2Session(background, code)
	if got.Method != "GET" || got.URL.Scheme != "https" || got.URL.Host != "api.weixin.qq.com" || got.URL.Path != login || got.Body != nil {
		t.Errorf("got %s %s://%s%s", got.Method, got.URL.Scheme, got.URL.Host, got.URL.Path)
	}
	want := map[string][]string{"appid": {app.ID}, "secret": {app.Secret}, "js_code": {code}, "grant_type": {"authorization_code"}}
	if diff := cmp.Diff(want, map[string][]string(got.URL.Query())); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestErrcodes(t *testing.T) {
	synctest.Test(t, testErrcodes) // busy is tried again
}

func testErrcodes(t *testing.T) {
	classes := map[error][]int{
		wxapi.ErrBusy:              {-1},
		wxapi.ErrInvalidCode:       {40029, 40163, 42003, 42007},
		wxapi.ErrUserBlocked:       {40226, 50002},
		wxapi.ErrSessionKeyInvalid: {87007, 87009},
		wxapi.ErrRateLimited:       {45009, 45011},
		wxapi.ErrAccessToken:       {40014, 42001},
		wxapi.ErrMisconfigured: {40001, 40002, 40003, 40013, 40090, 40097, 40125, 40164, 40243, 41001, 41002, 41004,
			41008, 41009, 41021, 43001, 43002, 43003, 44002, 47001, 48001, 48004, 50004, 50007, 61003, 61004, 61007,
			61024, 87008, 89503, 89506, 89507},
		wxapi.ErrBadReply: {40037, 1, 99999999},
	}
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
}

func TestErrorKeepsOnlyTheRID(t *testing.T) {
	for errmsg, want := range map[string]string{
		"invalid code, rid: 5f4b2d2b-0d7b4fd8-1e2b9d3a":     "5f4b2d2b-0d7b4fd8-1e2b9d3a",
		"invalid code rid: 5f4b2d2b-0d7b4fd8-1e2b9d3a, etc": "5f4b2d2b-0d7b4fd8-1e2b9d3a",
		"invalid code, rid: 5f4b2d2b-0d7b4fd8-1e2b9d3":      "",
		"invalid code, rid: the secret of the app is this!": "",
		"invalid code, rid: 5f4b2d2b-0d7b4fd8x1e2b9d3a":     "",
		"invalid code, rid: 5f4b2d2b-0d7b-fd8-1e2b9d3a":     "",
		"invalid code, hints: [ req_id: abc ]":              "",
		"rid: ":                                             "",
	} {
		client, wechat := newClient(wxapi.Options{})
		wechat.FailNext(wxtest.Fault{Body: fmt.Sprintf(`{"errcode":40029,"errmsg":%q}`, errmsg)})
		_, err := client.Code2Session(background, "code")
		if e := (*wxapi.Error)(nil); !errors.As(err, &e) || e.RID != want {
			t.Errorf("%s: got %v, want rid %q", errmsg, err, want)
		}
	}
}

func TestReplies(t *testing.T) {
	good := `{"session_key":"tiihtNczf5v6AKRyjwEUhQ==","openid":"o1"}`
	tests := map[string]struct {
		fault wxtest.Fault
		want  error
	}{
		"as it comes":           {wxtest.Fault{Body: good}, nil},
		"errcode 0":             {wxtest.Fault{Body: `{"errcode":0,"errmsg":"ok",` + good[1:]}, nil},
		"errcode \"0\"":         {wxtest.Fault{Body: `{"errcode":"0",` + good[1:]}, nil},
		"unknown members":       {wxtest.Fault{Body: `{"expires_in":7200,"x":{"y":[1]},` + good[1:]}, nil},
		"a key of another form": {wxtest.Fault{Body: `{"session_key":"not base64","openid":"o1"}`}, nil},
		"64 KiB":                {wxtest.Fault{Body: good + strings.Repeat(" ", 64<<10-len(good))}, nil},
		"64 KiB and a byte":     {wxtest.Fault{Body: good + strings.Repeat(" ", 64<<10-len(good)+1)}, wxapi.ErrBadReply},
		"no openid":             {wxtest.Fault{Body: `{"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`}, wxapi.ErrBadReply},
		"no session_key":        {wxtest.Fault{Body: `{"openid":"o1"}`}, wxapi.ErrBadReply},
		"null":                  {wxtest.Fault{Body: `{"openid":null,"session_key":null}`}, wxapi.ErrBadReply},
		"numbers":               {wxtest.Fault{Body: `{"openid":1,"session_key":2}`}, wxapi.ErrBadReply},
		"openid with newline":   {wxtest.Fault{Body: `{"session_key":"k","openid":"o\n1"}`}, wxapi.ErrBadReply},
		"key with NUL":          {wxtest.Fault{Body: `{"session_key":"k\u0000","openid":"o1"}`}, wxapi.ErrBadReply},
		"unionid with DEL":      {wxtest.Fault{Body: `{"unionid":"\u007f",` + good[1:]}, wxapi.ErrBadReply},
		"long key":              {wxtest.Fault{Body: `{"session_key":"` + strings.Repeat("k", 257) + `","openid":"o1"}`}, wxapi.ErrBadReply},
		"empty object":          {wxtest.Fault{Body: `{}`}, wxapi.ErrBadReply},
		"array":                 {wxtest.Fault{Body: `[` + good + `]`}, wxapi.ErrBadReply},
		"two objects":           {wxtest.Fault{Body: good + good}, wxapi.ErrBadReply},
		"null alone":            {wxtest.Fault{Body: `null`}, wxapi.ErrBadReply},
		"errcode of no number":  {wxtest.Fault{Body: `{"errcode":"x",` + good[1:]}, wxapi.ErrBadReply},
		"errcode with fraction": {wxtest.Fault{Body: `{"errcode":1.5,` + good[1:]}, wxapi.ErrBadReply},
		"HTML":                  {wxtest.Fault{Body: `<html>`}, wxapi.ErrBadReply},
		"status 502":            {wxtest.Fault{Status: 502, Body: good}, wxapi.ErrBadReply},
		"status 204":            {wxtest.Fault{Status: 204}, wxapi.ErrBadReply},
		"redirect":              {wxtest.Fault{Redirect: "https://other.example/"}, wxapi.ErrBadReply},
		"malformed redirect":    {wxtest.Fault{Redirect: "http://[::1%25/"}, wxapi.ErrBadReply},
		"truncated":             {wxtest.Fault{Body: good, Truncate: true}, wxapi.ErrBadReply},
		"dropped":               {wxtest.Fault{Drop: true}, wxapi.ErrUnavailable},
		"refused":               {wxtest.Fault{Refuse: true}, wxapi.ErrUnavailable},
	}
	for name, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			client, wechat := newClient(wxapi.Options{})
			wechat.FailAlways(test.fault)
			got, err := client.Code2Session(background, "code")
			if !errors.Is(err, test.want) {
				t.Errorf("%s: got error %v, want %v", name, err, test.want)
			}
			if test.want == nil && (got.OpenID != "o1" || got.Key.IsZero()) {
				t.Errorf("%s: got %+v", name, got)
			}
			if test.want != nil && !cmp.Equal(got, wxapi.Session{}) {
				t.Errorf("%s: a session came with the error: %+v", name, got)
			}
			if n := wechat.Count(login); test.want == wxapi.ErrBadReply && n != 1 {
				t.Errorf("%s: %d calls, want 1: the code is used up", name, n)
			}
		})
	}
}

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

// A 40163 after attempts that never left is the client's own doing.
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

		wechat.FailNext(wxtest.Fault{Delay: time.Hour}) // a dead connection; the next is good
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

func TestMaxInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, wechat := newClient(wxapi.Options{MaxInFlight: 2, Timeout: 10 * time.Second})
		wechat.FailAlways(wxtest.Fault{Delay: time.Second})
		start := time.Now()
		done := make(chan time.Duration)
		for range 6 {
			go func() {
				client.Code2Session(background, wechat.Phone(app.ID, openID).Login())
				done <- time.Since(start)
			}()
		}
		var got []time.Duration
		for range 6 {
			got = append(got, <-done)
		}
		want := []time.Duration{1e9, 1e9, 2e9, 2e9, 3e9, 3e9}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("calls ended after (-want +got):\n%s", diff)
		}

		var holders sync.WaitGroup // of both places
		defer holders.Wait()
		for range 2 {
			holders.Go(func() { client.Code2Session(background, "code") })
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, 500*time.Millisecond)
		defer cancel()
		if _, err := client.Code2Session(ctx, "code"); !errors.Is(err, wxapi.ErrUnavailable) {
			t.Errorf("waiting for a place: got %v, want ErrUnavailable", err)
		}
		if calls := wechat.Count(login); calls != 8 {
			t.Errorf("%d calls, want 8", calls)
		}
	})
}

func TestOptionsValidate(t *testing.T) {
	for name, o := range map[string]wxapi.Options{
		"Hosts must":    {Hosts: []string{"https://api.weixin.qq.com", "api.weixin.qq.com"}},
		"Hosts must be": {Hosts: []string{"https://api.weixin.qq.com/sns"}},
		"Hosts must b":  {Hosts: []string{"https://u:p@api.weixin.qq.com"}},
		"Hosts":         {Hosts: []string{"ftp://api.weixin.qq.com"}},
		"Timeout":       {Timeout: -1},
		"MaxInFlight":   {MaxInFlight: -1},
	} {
		if err := o.Validate(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%+v: got %v, want an error about %s", o, err, name)
		}
		if _, err := wxapi.New(app, o).Code2Session(background, "code"); !errors.Is(err, wxapi.ErrMisconfigured) {
			t.Errorf("call with %+v: got %v, want ErrMisconfigured", o, err)
		}
	}
	if diff := cmp.Diff(nil, (wxapi.Options{}).Validate(), cmpopts.EquateErrors()); diff != "" {
		t.Error(diff)
	}
}

func ExampleClient_Code2Session() {
	wechat := wxtest.NewServer(app) // in production: leave Options empty
	client := wxapi.New(app, wxapi.Options{Transport: wechat.Transport()})

	session, err := client.Code2Session(context.Background(), wechat.Phone(app.ID, openID).Login())
	fmt.Println(session.OpenID, session.Key, err)

	_, err = client.Code2Session(context.Background(), "a code that WeChat never gave")
	fmt.Println(errors.Is(err, wxapi.ErrInvalidCode))
	// Output:
	// oGZUI0egBJY1zhBYw2KhdUfwVJJE [withheld] <nil>
	// true
}
