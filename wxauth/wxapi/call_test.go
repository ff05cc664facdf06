package wxapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
)

// scripted is a fake WeChat. Except for fetches of an access token, it answers requests
// with the elements of the slice script, in order, and repeats the last element.
type scripted struct {
	script []string
	status int
	tokens int
	calls  []string
	length int64
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == stableToken {
		s.tokens++
		return replies(200, nil, fmt.Sprintf(`{"access_token":"T%d","expires_in":7200}`, s.tokens)).RoundTrip(r)
	}
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	s.length = r.ContentLength
	s.calls = append(s.calls, fmt.Sprintf("%s %s?%s %s", r.Method, r.URL.Path, r.URL.RawQuery, body))
	answer := s.script[0]
	if len(s.script) > 1 {
		s.script = s.script[1:]
	}
	return replies(max(s.status, 200), nil, answer).RoundTrip(r)
}

func TestCall(t *testing.T) {
	wechat := &scripted{script: []string{`{"errcode":0,"errmsg":"ok","result":{"suggest":"pass"}}`}}
	client := wxapi.New(app, wxapi.Options{Transport: wechat})
	var got struct {
		Result struct{ Suggest string }
	}
	body := map[string]any{"content": "a <b> & c", "version": 2}
	if err := client.Call(background, "POST", "/wxa/msg_sec_check", body, &got); err != nil || got.Result.Suggest != "pass" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := client.Call(background, "GET", "/cgi-bin/x?openid=o&name=%E5%90%8D&access_token=theirs", nil, nil); err != nil {
		t.Error(err)
	}
	want := []string{
		`POST /wxa/msg_sec_check?access_token=T1 {"content":"a <b> & c","version":2}`,
		`GET /cgi-bin/x?access_token=T1&name=%E5%90%8D&openid=o `,
	}
	if diff := cmp.Diff(want, wechat.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}

	bad := func(name, method, path string, body, reply any) {
		t.Helper()
		before := len(wechat.calls)
		err := client.Call(background, method, path, body, reply)
		if err == nil || len(wechat.calls) != before || !isWithheld(err.Error(), "hush") {
			t.Errorf("%s: got %v after %d calls", name, err, len(wechat.calls)-before)
		}
	}
	bad("another method", "PUT", "/x", nil, nil)
	bad("no method", "", "/x", nil, nil)
	bad("no slash", "GET", "x?hush", nil, nil)
	bad("a URL", "GET", "https://hush.example/x", nil, nil)
	bad("a fragment", "GET", "/x#hush", nil, nil)
	bad("a space", "GET", "/x hush", nil, nil)
	bad("an escape", "GET", "/x%2fhush", nil, nil)
	bad("a malformed query", "GET", "/x?hush=%zz", nil, nil)
	bad("a reply that is no pointer", "GET", "/x?hush", nil, struct{}{})
	bad("a nil pointer", "GET", "/x?hush", nil, (*struct{})(nil))
	bad("a body that is no JSON", "POST", "/x", map[string]any{"hush": func() {}}, nil)
	bad("a body that fails", "POST", "/x", failingBody{}, nil)
}

type failingBody struct{}

func (failingBody) MarshalJSON() ([]byte, error) { return nil, errors.New("hush") }

func TestCallReplies(t *testing.T) {
	large := strings.Repeat("x", 64<<10)
	for _, test := range []struct {
		body string
		raw  bool
		want error
		code int
	}{
		{body: `{}`}, {body: `{"Openid":"o"}`}, {body: `{"errcode":0}`}, {body: "\ufeff{}"},
		{body: `{"errcode":47003,"errmsg":"x"}`, want: wxapi.ErrBadReply, code: 47003},
		{body: `{"errcode":"45009"}`, want: wxapi.ErrRateLimited, code: 45009},
		{body: `{"a":{"b":[{"c":1,"c":2}]}}`, want: wxapi.ErrBadReply},
		{body: `{"a":{"b":[{"c":1,"C":2}]}}`, want: wxapi.ErrBadReply},
		{body: `{"k":1,"\u212a":2}`, want: wxapi.ErrBadReply}, {body: `{"s":1,"x":{"ſ":1,"S":2}}`, want: wxapi.ErrBadReply},
		{body: `{"k":1,"x":{"K":2},"y":[{"k":3},{"K":4}]}`},
		{body: `{"ERRCODE":1}`, want: wxapi.ErrBadReply}, {body: `[]`, want: wxapi.ErrBadReply}, {body: `x`, want: wxapi.ErrBadReply},
		{body: ``, want: wxapi.ErrBadReply}, {body: `{"a":"` + large + `"}`, want: wxapi.ErrBadReply},

		{raw: true, body: "\xff\xd8\xff\xe0 an image"}, {raw: true, body: ``}, {raw: true, body: `{ not JSON`}, {raw: true, body: `[1]`},
		{raw: true, body: strings.Repeat("x", 4<<20)}, {raw: true, body: `{"a":"` + large + `"}`},
		{raw: true, body: `{"errcode":45029,"errmsg":"x"}`, want: wxapi.ErrBadReply, code: 45029},
		{raw: true, body: "\ufeff" + ` {"errcode":45009,"errmsg":"x"}`, want: wxapi.ErrRateLimited, code: 45009},
		{raw: true, body: `{"errcode":0,"errcode":45009}`, want: wxapi.ErrBadReply},
		{raw: true, body: strings.Repeat("x", 4<<20+1), want: wxapi.ErrBadReply},
	} {
		client := wxapi.New(app, wxapi.Options{Transport: &scripted{script: []string{test.body}}})
		var reply any = new(map[string]any)
		if test.raw {
			reply = new([]byte)
		}
		err := client.Call(background, "GET", "/x", nil, reply)
		var e *wxapi.Error
		if !errors.Is(err, test.want) || test.code != 0 && (!errors.As(err, &e) || e.Code != test.code) {
			t.Errorf("raw %v, %.40q: got %v, want %v", test.raw, test.body, err, test.want)
		}
		if b, ok := reply.(*[]byte); ok && err == nil && string(*b) != test.body {
			t.Errorf("%.40q: got %.40q", test.body, *b)
		}
	}
}

// Call must repeat a sent request only if WeChat refused the access token, and only
// once.
func TestCallRepeats(t *testing.T) {
	const ok = `{"errcode":0}`
	for _, test := range []struct {
		name   string
		script []string
		status int
		want   error
		calls  int
	}{
		{"40001", []string{`{"errcode":40001}`, ok}, 0, nil, 2},
		{"40014", []string{`{"errcode":40014}`, ok}, 0, nil, 2},
		{"42001", []string{`{"errcode":42001}`, ok}, 0, nil, 2},
		{"40001 twice", []string{`{"errcode":40001}`, `{"errcode":40001}`, ok}, 0, wxapi.ErrMisconfigured, 2},
		{"busy", []string{`{"errcode":-1}`, ok}, 0, wxapi.ErrBusy, 1},
		{"HTTP 503", []string{``}, 503, wxapi.ErrUnavailable, 1},
		{"not JSON", []string{`<html>`, ok}, 0, wxapi.ErrBadReply, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			wechat := &scripted{script: test.script, status: test.status}
			client := wxapi.New(app, wxapi.Options{Transport: wechat})
			if err := client.Call(background, "POST", "/x", json.RawMessage(`{"a":1}`), nil); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if len(wechat.calls) != test.calls || wechat.length != int64(len(`{"a":1}`)) {
				t.Errorf("%d calls, want %d; Content-Length %d", len(wechat.calls), test.calls, wechat.length)
			}
			for i, call := range wechat.calls {
				if want := fmt.Sprintf(`POST /x?access_token=T%d {"a":1}`, i+1); call != want {
					t.Errorf("call %d: %s, want %s", i, call, want)
				}
			}
		})
	}
}

func TestCallEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := wxapi.New(app, wxapi.Options{Transport: &slowWeChat{delay: time.Hour},
			AccessToken: func(context.Context, string, string) (string, error) { return "T", nil }})
		start := time.Now()
		err := client.Call(background, "POST", "/x", nil, nil)
		if took := time.Since(start); !errors.Is(err, wxapi.ErrUnavailable) || took != 3*time.Second {
			t.Errorf("got %v after %v, want ErrUnavailable after three fifths of the timeout", err, took)
		}
	})
}

func TestAccessToken(t *testing.T) {
	wechat := &scripted{script: []string{`{}`}}
	client := wxapi.New(app, wxapi.Options{Transport: wechat})
	for range 2 {
		if got, err := client.AccessToken(background); got != "T1" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	client = wxapi.New(app, wxapi.Options{Transport: wechat, AccessToken: func(ctx context.Context, appID, rejected string) (string, error) {
		if _, limited := ctx.Deadline(); !limited || rejected != "" {
			t.Errorf("rejected %q, limited %v", rejected, limited)
		}
		return "of " + appID, nil
	}})
	if got, err := client.AccessToken(background); got != "of "+app.ID || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	client = wxapi.New(app, wxapi.Options{Transport: replies(200, nil, `{"errcode":40125}`)})
	if got, err := client.AccessToken(background); got != "" || !errors.Is(err, wxapi.ErrMisconfigured) {
		t.Errorf("got %q, %v", got, err)
	}
	client = wxapi.New(wxapi.App{}, wxapi.Options{})
	if got, err := client.AccessToken(background); got != "" || !errors.Is(err, wxapi.ErrMisconfigured) {
		t.Errorf("got %q, %v", got, err)
	}
	if bytes.Contains([]byte(fmt.Sprintf("%+v %#v", client, client)), []byte("T1")) {
		t.Error("a client prints its token")
	}
}
