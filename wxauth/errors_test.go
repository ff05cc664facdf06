package wxauth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// failures maps the codes of errors to the expected replies. The map lacks
// invalid_request, because its details vary. The field retryAfter is in seconds, and -1
// stands for a random value from 1 to 5.
var failures = map[string]struct {
	status     int
	detail     string
	retryAfter int
}{
	"invalid_code":       {400, "WeChat rejected this code; get a new one", 0},
	"not_logged_in":      {401, "log in with a new code of wx.login", 0},
	"login_denied":       {403, "this user may not log in", 0},
	"session_key_stale":  {409, "log in with a new code of wx.login, then do the action again", 0},
	"rate_limited":       {429, "too many requests to WeChat", 60},
	"misconfigured":      {500, "the server has an error", 0},
	"internal":           {500, "the server has an error", 0},
	"wechat_bad_reply":   {502, "WeChat cannot be reached at the moment; wait, then log in with a new code of wx.login", -1},
	"wechat_unavailable": {503, "WeChat cannot be reached at the moment; wait, then log in with a new code of wx.login", -1},
	"store_unavailable":  {503, "the login service is temporarily unavailable; existing logins remain valid", -1},
}

// failure returns the expected reply for the code of an error. The headers Retry-After
// and WWW-Authenticate can vary, so failure copies some of their values from got, the
// actual reply.
func failure(t *testing.T, code string, got reply) reply {
	t.Helper()
	f, ok := failures[code]
	if !ok {
		t.Fatalf("no reply for code %q", code)
	}
	h := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"application/problem+json"}}
	if f.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
		if c := got.Header.Get("WWW-Authenticate"); c == `Bearer error="invalid_token"` {
			h.Set("WWW-Authenticate", c)
		}
	}
	after := ""
	if seconds := f.retryAfter; seconds != 0 {
		if n, _ := strconv.Atoi(got.Header.Get("Retry-After")); seconds < 0 && n >= 1 && n <= 5 {
			seconds = n
		}
		h.Set("Retry-After", strconv.Itoa(seconds))
		after = fmt.Sprintf(`,"retry_after":%d`, seconds)
	}
	body := fmt.Sprintf(`{"title":%q,"status":%d,"detail":%q,"code":%q%s}`, http.StatusText(f.status), f.status, f.detail, code, after)
	return reply{f.status, h, body + "\n"}
}

// errcodes maps errcodes from WeChat to the codes in the replies of LoginHandler.
var errcodes = map[int]string{
	-1: "wechat_unavailable",

	40029: "invalid_code", 40163: "invalid_code", 42003: "invalid_code", 42007: "invalid_code",

	40226: "login_denied", 50002: "login_denied",

	87007: "session_key_stale", 87009: "session_key_stale",

	45009: "rate_limited", 45011: "rate_limited",

	40001: "misconfigured", 40002: "misconfigured", 40003: "misconfigured", 40013: "misconfigured", 40014: "misconfigured",
	40090: "misconfigured", 40097: "misconfigured", 40125: "misconfigured", 40164: "misconfigured", 40243: "misconfigured",
	41001: "misconfigured", 41002: "misconfigured", 41004: "misconfigured", 41008: "misconfigured", 41009: "misconfigured",
	41021: "misconfigured", 42001: "misconfigured", 43001: "misconfigured", 43002: "misconfigured", 43003: "misconfigured",
	44002: "misconfigured", 47001: "misconfigured", 48001: "misconfigured", 48004: "misconfigured", 50004: "misconfigured",
	50007: "misconfigured", 61003: "misconfigured", 61004: "misconfigured", 61007: "misconfigured", 61024: "misconfigured",
	87008: "misconfigured", 89503: "misconfigured", 89506: "misconfigured", 89507: "misconfigured",

	// Package wxapi does not list these errcodes in errcode.go, so it reports them as
	// ErrBadReply.
	40037: "wechat_bad_reply", 1: "wechat_bad_reply", 76543: "wechat_bad_reply",
}

// rid is a request id in the form that WeChat writes into an errmsg.
const rid = "5f4b2d2b-0d7b4fd8-1e2b9d3a"

func answered(format string, errcode int) wxtest.Fault {
	return wxtest.Fault{Body: fmt.Sprintf(format, errcode, "some words, rid: "+rid)}
}

func TestErrcodesAtLogin(t *testing.T) {
	for errcode, want := range errcodes {
		for _, format := range []string{`{"errcode":%d,"errmsg":%q}`, `{"errmsg":%[2]q,"errcode":"%[1]d"}`} {
			t.Run(fmt.Sprintf(format, errcode, ""), func(t *testing.T) {
				testLogin(t, loginFailure{
					always: answered(format, errcode),
					want:   want,
					event:  wxauth.Event{Name: "login", AppID: appID, Outcome: want, ErrCode: errcode, RID: rid},
					logged: fmt.Sprintf("errcode %d", errcode),
				})
			})
		}
	}
}

type loginFailure struct {
	next    []wxtest.Fault
	always  wxtest.Fault
	onLogin error
	want    string
	event   wxauth.Event
	calls   int // the number of calls to WeChat (0: at most 1); for wechat_unavailable, the minimum
	logged  string
}

func TestFailuresAtLogin(t *testing.T) {
	event := func(outcome string) wxauth.Event { return wxauth.Event{Name: "login", AppID: appID, Outcome: outcome} }
	reply := func(body string) loginFailure {
		return loginFailure{always: wxtest.Fault{Body: body}, want: "wechat_bad_reply", event: event("wechat_bad_reply")}
	}
	status := func(f wxtest.Fault, logged string) loginFailure {
		return loginFailure{always: f, want: "wechat_bad_reply", event: event("wechat_bad_reply"), logged: logged}
	}
	unavailable := func(f wxtest.Fault, calls int) loginFailure {
		return loginFailure{always: f, want: "wechat_unavailable", event: event("wechat_unavailable"), calls: calls}
	}
	unknown := wxauth.Event{Name: "login", AppID: appID, Outcome: "unknown", ErrCode: 40163, RID: "fresh"}
	tests := map[string]loginFailure{
		"HTTP 500":           status(wxtest.Fault{Status: 500}, "status 500"),
		"HTTP 502 with JSON": unavailable(wxtest.Fault{Status: 502, Body: `{"openid":"o","session_key":"k"}`}, 1),
		"HTTP 204":           status(wxtest.Fault{Status: 204}, "status 204"),
		"HTTP 429":           unavailable(wxtest.Fault{Status: 429}, 1),
		"redirect":           status(wxtest.Fault{Redirect: "https://other.example/"}, "status 302"),
		"malformed redirect": status(wxtest.Fault{Redirect: "http://[::1%25/"}, "status 302"),
		"broken off":         status(wxtest.Fault{Truncate: true}, "broke off"),
		"nothing":            reply(" "),
		"HTML":               reply("<html>"),
		"list":               reply(`[{"openid":"o","session_key":"k"}]`),
		"cut off":            reply(`{"openid":"o","session_key":"k"`),
		"twice":              reply(`{"openid":"o","session_key":"k"}{}`),
		"no openid":          reply(`{"session_key":"k"}`),
		"empty openid":       reply(`{"openid":"","session_key":"k"}`),
		"no key":             reply(`{"openid":"o"}`),
		"key a number":       reply(`{"openid":"o","session_key":7}`),
		"NUL in the openid":  reply(`{"openid":"o\u0000","session_key":"k"}`),
		"newline in the key": reply(`{"openid":"o","session_key":"k\n"}`),
		"DEL in the unionid": reply(`{"openid":"o","session_key":"k","unionid":"\u007f"}`),
		"odd errcode":        reply(`{"openid":"o","session_key":"k","errcode":"yes"}`),
		"huge":               reply(`{"openid":"o","session_key":"k","x":"` + strings.Repeat("x", 64<<10) + `"}`),

		"no connection":      unavailable(wxtest.Fault{Refuse: true}, 3),
		"connection dropped": unavailable(wxtest.Fault{Drop: true}, 3),
		"no reply in time":   unavailable(wxtest.Fault{Delay: time.Hour}, 2),

		"the reply lost":                {next: []wxtest.Fault{{Drop: true, TakesEffect: true}}, want: "invalid_code", event: unknown, calls: 2},
		"the reply late":                {next: []wxtest.Fault{{Delay: time.Hour, TakesEffect: true}}, want: "invalid_code", event: unknown, calls: 2},
		"the reply lost, then busy":     {next: []wxtest.Fault{{Drop: true, TakesEffect: true}, {ErrCode: -1}}, want: "invalid_code", event: unknown, calls: 3},
		"OnLogin refuses":               {onLogin: fmt.Errorf("not a customer: %w", wxauth.ErrDenied), want: "login_denied", event: event("login_denied"), logged: "not a customer"},
		"OnLogin fails":                 {onLogin: errors.New("no database"), want: "internal", event: event("internal"), logged: "no database"},
		"OnLogin fails with WeChat's":   {onLogin: fmt.Errorf("asking WeChat: %w", wxapi.ErrInvalidCode), want: "internal", event: event("internal")},
		"OnLogin fails with an errcode": {onLogin: &wxapi.Error{Code: 40029, RID: rid}, want: "internal", event: event("internal")},
		"OnLogin fails with a 401":      {onLogin: wxauth.ErrNotLoggedIn, want: "internal", event: event("internal")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { testLogin(t, test) })
	}
}

func testLogin(t *testing.T, test loginFailure) {
	synctest.Test(t, func(t *testing.T) {
		var events []wxauth.Event
		var log bytes.Buffer
		store := newTestStore()
		config := wxauth.Config{
			Sessions: sessionsIn(store),
			OnEvent:  func(_ context.Context, e wxauth.Event) { events = append(events, e) },
			Logger:   slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}
		if test.onLogin != nil {
			config.OnLogin = func(*http.Request, wxauth.Identity) (string, error) { return "7", test.onLogin }
		}
		auth, wechat := newAuth(t, config)
		code := wechat.Phone(appID, openID).Login()
		wechat.FailNext(test.next...)
		wechat.FailAlways(test.always)
		start := time.Now()
		got := replyOf(serve(auth.LoginHandler(), "POST", "/login", "", `{"code":"`+code+`"}`))
		if diff := cmp.Diff(failure(t, test.want, got), got); diff != "" {
			t.Errorf("reply (-want +got):\n%s", diff)
		}
		if test.event.RID == "fresh" && len(events) == 1 && len(events[0].RID) == len(rid) {
			test.event.RID = events[0].RID
		}
		if diff := cmp.Diff([]wxauth.Event{test.event}, events, whatever); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if len(events) > 0 && events[0].Duration != time.Since(start) {
			t.Errorf("the event's Duration is %v, want %v", events[0].Duration, time.Since(start))
		}
		if !strings.Contains(log.String(), test.logged) || test.event.RID != "" && !strings.Contains(log.String(), test.event.RID) {
			t.Errorf("log: %s, want %q and rid %q", log.String(), test.logged, test.event.RID)
		}
		if ops := store.list(); ops != "" && (test.onLogin == nil || ops != "find") {
			t.Errorf("operations of the store: %s, want none", ops)
		}
		if calls := wechat.Count(""); test.want != "wechat_unavailable" && calls > max(1, test.calls) || calls < test.calls {
			t.Errorf("%d calls, want %d", calls, test.calls)
		}
	})
}

// TestRefusalsAtLogin checks the reply and the event for logins that the fake WeChat
// refuses without a wxtest.Fault, such as a login with an expired code.
func TestRefusalsAtLogin(t *testing.T) {
	tests := map[string]struct {
		code    func(*wxtest.Server) string
		app     wxauth.App
		errcode int
		want    string
	}{
		"made up code": {func(*wxtest.Server) string { return "made up" }, app, 40029, "invalid_code"},
		"expired code": {func(w *wxtest.Server) string {
			c := w.Phone(appID, openID).Login()
			w.Advance(5 * time.Minute)
			return c
		}, app, 40029, "invalid_code"},
		"phone code":        {func(w *wxtest.Server) string { return w.Phone(appID, openID).PhoneCode("86", "13800138000") }, app, 40029, "invalid_code"},
		"another AppSecret": {func(w *wxtest.Server) string { return w.Phone(appID, openID).Login() }, wxauth.App{ID: appID, Secret: "x"}, 40125, "misconfigured"},
		"another app":       {func(w *wxtest.Server) string { return w.Phone(appID, openID).Login() }, wxauth.App{ID: "wx0", Secret: secret}, 40013, "misconfigured"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var events []wxauth.Event
			wechat := wxtest.NewServer(app)
			auth, _ := newAuth(t, wxauth.Config{
				Apps:    []wxauth.App{test.app},
				API:     wxapi.Options{Transport: wechat.Transport()},
				OnEvent: func(_ context.Context, e wxauth.Event) { events = append(events, e) },
			})
			got := replyOf(serve(auth.LoginHandler(), "GET", "/login?code="+strings.ReplaceAll(test.code(wechat), " ", "+"), "", ""))
			if diff := cmp.Diff(failure(t, test.want, got), got); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
			want := []wxauth.Event{{Name: "login", AppID: test.app.ID, Outcome: test.want, ErrCode: test.errcode}}
			if diff := cmp.Diff(want, events, whatever, cmpopts.IgnoreFields(wxauth.Event{}, "RID")); diff != "" || len(events[0].RID) != len(rid) {
				t.Errorf("events (-want +got):\n%s%v", diff, events)
			}
		})
	}
}

func TestFailuresElsewhere(t *testing.T) {
	store := newTestStore()
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
	token := login(t, auth, wechat.Phone(appID, openID))
	tests := map[string]struct {
		h     http.Handler
		token string
		fail  func(context.Context, int, string, string) (bool, error)
		want  string
	}{
		"no token":               {auth.Require(me), "", nil, "not_logged_in"},
		"malformed token":        {auth.Require(me), "x", nil, "not_logged_in"},
		"no token, session":      {auth.SessionHandler(), "", nil, "not_logged_in"},
		"no token, LoadAndSave":  {auth.LoadAndSave(me), "", nil, "not_logged_in"},
		"unknown token":          {auth.Require(me), strings.Repeat("x", 43), nil, "not_logged_in"},
		"unknown, LoadAndSave":   {auth.LoadAndSave(me), strings.Repeat("x", 43), nil, "not_logged_in"},
		"store down":             {auth.Require(me), token, down, "store_unavailable"},
		"store down, Identify":   {auth.Identify(me), token, down, "store_unavailable"},
		"an error of Decrypt":    {writes(auth, fmt.Errorf("reading: %w", wxauth.ErrSessionKeyStale)), "", nil, "session_key_stale"},
		"an unknown error":       {writes(auth, errors.New("oops")), "", nil, "internal"},
		"no error":               {writes(auth, nil), "", nil, "internal"},
		"an access token":        {writes(auth, &wxapi.Error{Code: 40014}), "", nil, "misconfigured"},
		"not logged in, wrapped": {writes(auth, fmt.Errorf("x: %w", wxauth.ErrNotLoggedIn)), "", nil, "not_logged_in"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store.set(test.fail)
			defer store.set(nil)
			got := replyOf(serve(test.h, "GET", "/", test.token, ""))
			if diff := cmp.Diff(failure(t, test.want, got), got); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
		})
	}
}

func writes(auth *wxauth.Auth, err error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { auth.WriteError(w, r, err) })
}

// TestErrorOfTheApplication gives WriteError an application's Error that lacks a Detail,
// an Err or a Status. The client must get the Code and must never get the text of Err.
func TestErrorOfTheApplication(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{})
	for name, err := range map[string]*wxauth.Error{
		"no cause":       {Code: "invalid_request", Status: 400},
		"a cause":        {Code: "invalid_request", Status: 400, Err: errors.New("row 7 of table users")},
		"a code of ours": {Code: "login_denied", Status: 403, Err: errors.New("row 7 of table users")},
		"another code":   {Code: "out_of_stock", Status: 409, RetryAfter: 1500 * time.Millisecond},
		"no status":      {Code: "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if v := recover(); v != nil {
					t.Errorf("panic: %v", v)
				}
			}()
			w := serve(writes(auth, err), "GET", "/", "", "")
			if w.Code < 400 || code(w) != err.Code || strings.Contains(w.Body.String(), "row 7") {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}
