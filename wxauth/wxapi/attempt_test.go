package wxapi_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/wxlogin/wxauth/wxapi"
)

// Whatever Instrument does, WeChat's reply decides, and no code is sent twice
// because of it.
func TestInstrumentMisbehaves(t *testing.T) {
	broken := errors.New("exporter down")
	for name, test := range map[string]struct {
		instrument func(base http.RoundTripper, r *http.Request) (*http.Response, error)
		want       error
		text       string
		sent       int
	}{
		"fails afterwards": {func(base http.RoundTripper, r *http.Request) (*http.Response, error) {
			base.RoundTrip(r)
			return nil, broken
		}, nil, "", 1},
		"answers by itself": {func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		}, wxapi.ErrUnavailable, "", 0},
		"fails before": {func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return nil, broken
		}, wxapi.ErrUnavailable, "", 0},
		"loses the context": {func(base http.RoundTripper, r *http.Request) (*http.Response, error) {
			return base.RoundTrip(r.Clone(context.Background()))
		}, wxapi.ErrMisconfigured, "must pass the request's context on", 0},
		"changes the request": {func(base http.RoundTripper, r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.URL.Host, r.URL.Path, r.URL.RawQuery, r.Method = "other.example", "/other", "appid=other", "POST"
			return base.RoundTrip(r)
		}, nil, "", 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			client := wxapi.New(app, wxapi.Options{
				Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					sent++
					if r.Method != "GET" || r.URL.Host != "api.weixin.qq.com" || r.URL.Path != login || r.URL.Query().Get("appid") != app.ID {
						t.Errorf("%s: WeChat was sent %s %s%s", name, r.Method, r.URL.Host, r.URL.Path)
					}
					return replies(200, nil, `{"openid":"o","session_key":"k"}`).RoundTrip(r)
				}),
				Instrument: func(base http.RoundTripper) http.RoundTripper {
					return roundTripper(func(r *http.Request) (*http.Response, error) { return test.instrument(base, r) })
				},
			})
			session, err := client.Code2Session(background, "code")
			if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.text) || sent != test.sent {
				t.Errorf("%s: got %v after %d calls, want %v, %q after %d", name, err, sent, test.want, test.text, test.sent)
			}
			if test.want == nil && session.OpenID != "o" {
				t.Errorf("%s: got %+v", name, session)
			}
		})
	}
}
