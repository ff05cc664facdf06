package wxtest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth/wxtest"
)

const withheld = "[withheld]"

// TestCallsWithhold checks that a Call does not contain a secret that is in the request or
// the reply.
func TestCallsWithhold(t *testing.T) {
	const hidden = "TOP-SECRET"
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		w := newWorld(t)
		for name, call := range map[string]struct {
			q     url.Values
			body  string
			fault wxtest.Fault
		}{
			"parameter":         {q: loginParams(hidden, "secret", hidden, "signature", hidden, "access_token", hidden, "component_access_token", hidden)},
			"unknown parameter": {q: params("Secret", hidden)},
			"parameter's name":  {q: params(hidden, "1")},
			"body":              {body: hidden},
			"form":              {body: "secret=" + hidden},
			"list":              {body: `["` + hidden + `"]`},
			"member":            {body: `{"secret":"` + hidden + `","session_key":"` + hidden + `"}`},
			"member's name":     {body: `{"` + hidden + `":1}`},
			"nested":            {body: `{"openid":{"x":"` + hidden + `"},"phone_info":{"y":["` + hidden + `"]}}`},
			"echo":              {q: loginParams(hidden), fault: wxtest.Fault{Echo: true}},
			"reply":             {fault: wxtest.Fault{Body: `{"session_key":"` + hidden + `"}`}},
			"broken reply":      {fault: wxtest.Fault{Body: `{"session_key":"` + hidden}},
			"header":            {fault: wxtest.Fault{Redirect: "https://x/" + hidden, Header: http.Header{"X": {hidden}}}},
		} {
			w.wechat.FailNext(call.fault)
			w.send("POST", login, call.q, call.body)
			calls := w.wechat.Calls()
			last := calls[len(calls)-1]
			if text := fmt.Sprintf("%#v", last); strings.Contains(text, hidden) {
				t.Errorf("%s: %s", name, text)
			}
			if last.Request == "" && last.Reply == "" && call.fault.Redirect == "" {
				t.Errorf("%s: request and reply are empty", name)
			}
		}
	})
}
