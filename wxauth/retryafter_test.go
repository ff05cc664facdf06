package wxauth_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// TestFrontEndErrors checks the Retry-After of LoginHandler if WeChat answers with an HTTP
// error. If the status is 429, 502, 503 or 504 and WeChat sends a positive number as
// Retry-After, LoginHandler must send this number too, but at most 60.
func TestFrontEndErrors(t *testing.T) {
	for status, want := range map[int]string{429: wxauth.CodeWeChatUnavailable, 502: wxauth.CodeWeChatUnavailable, 503: wxauth.CodeWeChatUnavailable,
		504: wxauth.CodeWeChatUnavailable, 500: wxauth.CodeWeChatBadReply, 404: wxauth.CodeWeChatBadReply} {
		for _, retryAfter := range []string{"", "17", "3600"} {
			auth, wechat := newAuth(t, wxauth.Config{})
			wechat.FailAlways(wxtest.Fault{Status: status, Header: http.Header{"Retry-After": {retryAfter}}})
			w := post(background, auth, wechat.Phone(appID, openID).Login())
			got := w.Header().Get("Retry-After")
			good := len(got) == 1 && got >= "1" && got <= "5"
			if want == wxauth.CodeWeChatUnavailable && retryAfter != "" {
				good = got == map[string]string{"17": "17", "3600": "60"}[retryAfter]
			}
			if code(w) != want || !good && !(want == wxauth.CodeWeChatBadReply && got != "") || wechat.Count("") != 1 {
				t.Errorf("%d, Retry-After %q: %d %s, Retry-After %q, %d calls", status, retryAfter, w.Code, w.Body, got, wechat.Count(""))
			}
		}
	}
}

// TestRetryAfterVaries checks that Retry-After varies if WeChat sends none. Otherwise
// clients that fail at the same moment would retry at the same moment.
func TestRetryAfterVaries(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{})
	seen := make(map[string]bool)
	for range 100 {
		w := httptest.NewRecorder()
		auth.WriteError(w, httptest.NewRequest("GET", "/", nil), wxapi.ErrUnavailable)
		seen[w.Header().Get("Retry-After")] = true
	}
	if len(seen) < 3 {
		t.Errorf("Retry-After is one of %v", slices.Collect(maps.Keys(seen)))
	}
}

func TestNegativeRetryAfter(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{})
	w := httptest.NewRecorder()
	auth.WriteError(w, httptest.NewRequest("GET", "/", nil), &wxauth.Error{Code: "closed", Status: 503, RetryAfter: -5 * time.Second})
	if w.Header().Get("Retry-After") != "" || strings.Contains(w.Body.String(), "retry_after") {
		t.Errorf("got Retry-After %q and %s", w.Header().Get("Retry-After"), w.Body)
	}
}
