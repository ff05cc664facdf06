package wxapi_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"example.com/wxlogin/wxauth/wxapi"
)

// A faulty Options.Instrument must not change the request to WeChat, replace WeChat's
// reply, or make the client send the code twice.
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

// The text of a transport's error can contain secrets, for example in a URL. The client's
// error must not contain them.
func TestTransportErrors(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		text string
	}{
		"of any kind":   {errors.New("Get https://api.weixin.qq.com/?secret=hush: odd"), "the connection failed"},
		"a timeout":     {&url.Error{Op: "Get", URL: "https://api.weixin.qq.com/?secret=hush", Err: os.ErrDeadlineExceeded}, "timeout"},
		"an errno":      {fmt.Errorf("hush: %w", syscall.ECONNREFUSED), "connection refused"},
		"a name":        {&net.DNSError{Name: "hush", Err: "no such host"}, "its name was not resolved"},
		"a certificate": {&tls.CertificateVerificationError{Err: errors.New("hush")}, "its certificate is not trusted"},
	} {
		synctest.Test(t, func(t *testing.T) {
			client := wxapi.New(app, wxapi.Options{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, test.err })})
			_, err := client.Code2Session(background, "code")
			if !errors.Is(err, wxapi.ErrUnavailable) || !strings.Contains(err.Error(), test.text) || !isWithheld(err.Error(), "hush") {
				t.Errorf("%s: got %v, want ErrUnavailable, %q", name, err, test.text)
			}
		})
	}
}

type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	if e.read > 64<<20 {
		return 0, io.EOF
	}
	return len(p), nil
}

func (*endless) Close() error { return nil }

func TestReplyIsBounded(t *testing.T) {
	for _, status := range []int{200, 500} {
		for raw, limit := range map[bool]int{false: 64 << 10, true: 4 << 20} {
			body := new(endless)
			client := wxapi.New(app, wxapi.Options{
				AccessToken: func(context.Context, string, string) (string, error) { return "T", nil },
				Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: status, Body: body}, nil
				}),
			})
			reply := any(new(map[string]any))
			if raw {
				reply = new([]byte)
			}
			err := client.Call(background, "GET", "/x", nil, reply)
			if !errors.Is(err, wxapi.ErrBadReply) || body.read > limit+64<<10 {
				t.Errorf("status %d, raw %v: got %v after %d bytes", status, raw, err, body.read)
			}
		}
	}
}

// The server closes a reused connection without a reply, and net/http itself sends the
// request again. If WeChat then reports a used code, the error must be both
// ErrInvalidCode and ErrOutcomeUnknown, because the request without a reply may have used
// the code.
func TestNetHTTPSendsAgain(t *testing.T) {
	var calls atomic.Int64
	wechat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch calls.Add(1) {
		case 1:
			io.WriteString(w, `{"errcode":40163}`) // the first login, on a new connection
		case 2:
			panic(http.ErrAbortHandler) // the second login, on the reused connection
		case 3:
			io.WriteString(w, `{"errcode":40163}`)
		}
	}))
	defer wechat.Close()
	client := wxapi.New(app, wxapi.Options{Hosts: []string{wechat.URL}})
	if _, err := client.Code2Session(background, "code"); !errors.Is(err, wxapi.ErrInvalidCode) || errors.Is(err, wxapi.ErrOutcomeUnknown) {
		t.Errorf("first login: got %v, want ErrInvalidCode alone", err)
	}
	var trace wxapi.Trace
	_, err := client.Code2Session(wxapi.WithTrace(background, &trace), "code")
	if !errors.Is(err, wxapi.ErrInvalidCode) || !errors.Is(err, wxapi.ErrOutcomeUnknown) || trace.Attempts != 1 || calls.Load() != 3 {
		t.Errorf("second login: got %v after %d attempts and %d sends, want ErrOutcomeUnknown after one and two", err, trace.Attempts, calls.Load()-1)
	}
}
