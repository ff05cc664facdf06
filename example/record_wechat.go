package main

import (
	"fmt"
	"net/http"
	"strings"

	"example.com/wxlogin/wxauth/wxtest"
)

// instrument is Options.Instrument: it records the calls of WeChat.
func (rec *recorder) instrument(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		by := originIn(r.Context())
		a := arrow{
			Exchange: rec.newExchange(), From: serverLane, To: wechatLane,
			Op: r.Method + " " + r.URL.Path, Title: r.Method + " " + r.URL.Path,
			Device: by.device, visitor: by.visitor,
		}
		if rec.simulated {
			return rec.simulatedCall(next, r, a)
		}
		return rec.realCall(next, r, a)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// simulatedCall records a call as the simulated WeChat saw it. There is one at
// a time, so that it is known which one that was.
func (rec *recorder) simulatedCall(next http.RoundTripper, r *http.Request, a arrow) (*http.Response, error) {
	rec.calling.Lock()
	defer rec.calling.Unlock()
	rec.called = wxtest.Call{Method: r.Method, Path: r.URL.Path, Host: r.URL.Host}
	resp, err := next.RoundTrip(r)
	call := rec.called

	request := redactor{shown: []map[string]bool{harmless}}
	reply := redactor{shown: []map[string]bool{harmless}}
	query, body, _ := strings.Cut(call.Request, " ")
	if strings.HasPrefix(call.Request, "{") {
		query, body = "", call.Request
	}
	request.text = call.Method + " " + call.Path
	if query != "" {
		request.text += "?" + strings.ReplaceAll(request.query(query), "&", "\n  &")
	}
	request.text += "\nHost: " + call.Host + "\n"
	if body != "" {
		request.text += "\n" + request.json([]byte(body))
	}
	a.Text, a.Carries = request.text, request.carries
	rec.add(a)

	a.From, a.To, a.Reply = a.To, a.From, true
	a.Title, a.Failed = fmt.Sprint(call.Status, " ", http.StatusText(call.Status)), call.ErrCode != 0
	if call.ErrCode != 0 {
		a.Title = fmt.Sprint("errcode ", call.ErrCode)
	}
	a.Text = fmt.Sprintf("HTTP/1.1 %d %s\n\n%s", call.Status, http.StatusText(call.Status), reply.json([]byte(call.Reply)))
	a.Carries = reply.carries
	rec.add(a)
	return resp, err
}

// onCall is wxtest's hook.
func (rec *recorder) onCall(call wxtest.Call) { rec.called = call }

// documented says what travels in a call of the real WeChat: the recorder sees
// nothing of it, and this is from WeChat's documentation.
var documented = map[string][2][]string{
	"/sns/jscode2session":              {{"AppID", "AppSecret", "code"}, {"openid", "session_key"}},
	"/cgi-bin/stable_token":            {{"AppID", "AppSecret"}, {"access_token"}},
	"/wxa/business/getuserphonenumber": {{"access_token", "code"}, {"phoneNumber"}},
}

// realCall records what Options.Instrument lets it see: no query, no body.
func (rec *recorder) realCall(next http.RoundTripper, r *http.Request, a arrow) (*http.Response, error) {
	travels := documented[r.URL.Path]
	a.Text = fmt.Sprintf("%s %s?%s\nHost: %s\n", r.Method, r.URL.Path, black, r.URL.Host)
	a.Carries = travels[0]
	rec.add(a)
	resp, err := next.RoundTrip(r)
	a.From, a.To, a.Reply = a.To, a.From, true
	if err != nil {
		// Errors of package wxapi have no secret in them.
		a.Title, a.Text, a.Carries, a.Failed = "–", err.Error(), nil, true
	} else {
		a.Title = fmt.Sprint(resp.StatusCode, " ", http.StatusText(resp.StatusCode))
		a.Text, a.Carries = fmt.Sprintf("HTTP/1.1 %s\n\n%s", a.Title, black), travels[1]
		a.Failed = resp.StatusCode != http.StatusOK
	}
	rec.add(a)
	return resp, err
}
