package playground

import (
	"fmt"
	"net/http"

	"example.com/wxlogin/wxauth/wxtest"
)

// instrument implements Options.Instrument of package wxapi.
func (rec *recorder) instrument(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		from := originIn(r.Context())
		op := r.Method + " " + r.URL.Path
		a := arrow{
			Exchange: rec.newExchange(), From: serverLane, To: wechatLane,
			Op: op, Title: op, Carries: travels[op].request,
			Device: from.device, visitor: from.visitor,
		}
		if rec.simulated {
			return rec.simulatedCall(next, r, a)
		}
		return rec.realCall(next, r, a)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// travels maps the method and path of a call to the names that the page draws on the arrow
// of the request and on the arrow of a successful response. The names come from WeChat's
// documentation, because the recorder cannot see the content of real calls.
var travels = map[string]struct{ request, response []string }{
	"GET /sns/jscode2session":               {[]string{"AppID", "AppSecret", "code"}, []string{"openid", "session_key"}},
	"POST /cgi-bin/stable_token":            {[]string{"AppID", "AppSecret"}, []string{"access_token"}},
	"POST /wxa/business/getuserphonenumber": {[]string{"access_token", "code", "openid"}, []string{"phoneNumber"}},
}

// simulatedCall makes a call to the simulated WeChat and records it. Calls run one after
// the other, because a wxtest.Call does not identify its request. The texts in a
// wxtest.Call contain no secrets.
func (rec *recorder) simulatedCall(next http.RoundTripper, r *http.Request, a arrow) (*http.Response, error) {
	rec.calling.Lock()
	defer rec.calling.Unlock()
	rec.called = wxtest.Call{}
	resp, err := next.RoundTrip(r)

	a.Text = fmt.Sprintf("%s\nHost: %s\n\n%s", a.Op, r.URL.Host, rec.called.Request)
	rec.add(a)
	rec.add(a.answeredByWeChat(resp, err, rec.called.Reply))
	return resp, err
}

func (rec *recorder) onCall(call wxtest.Call) { rec.called = call }

// realCall makes a call to the real WeChat and records it. The page shows neither the query
// nor the bodies, because package wxapi does not pass them to Options.Instrument.
func (rec *recorder) realCall(next http.RoundTripper, r *http.Request, a arrow) (*http.Response, error) {
	a.Text = fmt.Sprintf("%s?%s\nHost: %s\n", a.Op, black, r.URL.Host)
	rec.add(a)
	resp, err := next.RoundTrip(r)
	rec.add(a.answeredByWeChat(resp, err, black))
	return resp, err
}

// answeredByWeChat returns the arrow of WeChat's response to the call a.
func (a arrow) answeredByWeChat(resp *http.Response, err error, body string) arrow {
	if err != nil {
		// Errors of package wxapi contain no secret, so the page can show them.
		return a.answeredBy("–", true, message{text: err.Error()})
	}
	title := fmt.Sprint(resp.StatusCode, " ", http.StatusText(resp.StatusCode))
	m := message{text: fmt.Sprintf("HTTP/1.1 %s\n\n%s", title, body)}
	if errcode := resp.Header.Get("Wxapi-Errcode"); errcode != "" {
		return a.answeredBy("errcode "+errcode, true, m)
	}
	if resp.StatusCode != http.StatusOK {
		return a.answeredBy(title, true, m)
	}
	m.carries = travels[a.Op].response
	return a.answeredBy(title, false, m)
}
