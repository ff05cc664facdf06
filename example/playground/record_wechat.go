package playground

import (
	"fmt"
	"net/http"

	"example.com/wxlogin/wxauth/wxtest"
)

// instrument implements Options.Instrument of package wxapi. It records the calls to
// WeChat.
func (rec *recorder) instrument(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		from := originIn(r.Context())
		a := arrow{
			Exchange: rec.newExchange(), From: serverLane, To: wechatLane,
			Op: r.Method + " " + r.URL.Path, Title: r.Method + " " + r.URL.Path,
			Carries: travels[r.URL.Path].request,
			Device:  from.device, visitor: from.visitor,
		}
		if rec.simulated {
			return rec.simulatedCall(next, r, a)
		}
		return rec.realCall(next, r, a)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// travels maps the path of a call to arrow.Carries for the request and for a successful
// response. The names come from WeChat's documentation, because the recorder cannot see
// the content of real calls.
var travels = map[string]struct{ request, response []string }{
	"/sns/jscode2session":              {[]string{"AppID", "AppSecret", "code"}, []string{"openid", "session_key"}},
	"/cgi-bin/stable_token":            {[]string{"AppID", "AppSecret"}, []string{"access_token"}},
	"/wxa/business/getuserphonenumber": {[]string{"access_token", "code", "openid"}, []string{"phoneNumber"}},
}

// simulatedCall records a call with the text from the simulated WeChat. This text
// contains no secrets. Calls run one after the other, because a wxtest.Call does not
// identify its request.
func (rec *recorder) simulatedCall(next http.RoundTripper, r *http.Request, a arrow) (*http.Response, error) {
	rec.calling.Lock()
	defer rec.calling.Unlock()
	rec.called = wxtest.Call{}
	resp, err := next.RoundTrip(r)
	call := rec.called

	a.Text = fmt.Sprintf("%s\nHost: %s\n\n%s", a.Op, r.URL.Host, call.Request)
	rec.add(a)
	title, carries := fmt.Sprint(call.Status, " ", http.StatusText(call.Status)), travels[r.URL.Path].response
	if call.ErrCode != 0 {
		title, carries = fmt.Sprint("errcode ", call.ErrCode), nil
	}
	text := fmt.Sprintf("HTTP/1.1 %d %s\n\n%s", call.Status, http.StatusText(call.Status), call.Reply)
	rec.add(a.answeredBy(title, call.ErrCode != 0, message{text, carries}))
	return resp, err
}

// onCall stores a call to the simulated WeChat for simulatedCall.
func (rec *recorder) onCall(call wxtest.Call) { rec.called = call }

// realCall records a call to the real WeChat. Options.Instrument of package wxapi hides the
// query of the call and the bodies of the request and the response.
func (rec *recorder) realCall(next http.RoundTripper, r *http.Request, a arrow) (*http.Response, error) {
	a.Text = fmt.Sprintf("%s?%s\nHost: %s\n", a.Op, black, r.URL.Host)
	rec.add(a)
	resp, err := next.RoundTrip(r)
	if err != nil {
		// Errors of package wxapi contain no secret, so the page can show them.
		rec.add(a.answeredBy("–", true, message{text: err.Error()}))
		return resp, err
	}
	title := fmt.Sprint(resp.StatusCode, " ", http.StatusText(resp.StatusCode))
	m := message{text: fmt.Sprintf("HTTP/1.1 %s\n\n%s", title, black)}
	errcode := resp.Header.Get("Wxapi-Errcode")
	ok := resp.StatusCode == http.StatusOK && errcode == ""
	if errcode != "" {
		title = "errcode " + errcode
	}
	if ok {
		m.carries = travels[r.URL.Path].response
	}
	rec.add(a.answeredBy(title, !ok, m))
	return resp, nil
}
