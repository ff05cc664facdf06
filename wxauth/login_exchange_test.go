package wxauth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestExchangeWithoutSessionKey logs in by an App.Exchange that returns no session_key.
// Methods that need a session_key must fail with misconfigured. If they failed with
// session_key_stale, clients would log in again and again.
func TestExchangeWithoutSessionKey(t *testing.T) {
	gateway := wxauth.App{ID: "wxgateway", Exchange: func(_ context.Context, code string) (wxapi.Session, error) {
		if code == "bad" {
			return wxapi.Session{}, wxapi.ErrInvalidCode
		}
		return wxapi.Session{OpenID: code}, nil
	}}
	var log lines
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{gateway}, Logger: log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	token := tokenOf(t, serve(auth.LoginHandler(), "GET", "/?code=alice", "", ""))
	ctx := contextOf(t, auth, token)
	id, _ := wxauth.FromContext(ctx)
	if id.OpenID != "alice" || id.AppID != gateway.ID {
		t.Errorf("logged in as %+v", id)
	}
	_, sign := auth.Sign(ctx, nil)
	for name, err := range map[string]error{
		"Decrypt":         auth.Decrypt(ctx, encrypt(testKey, pad("{}")), new(any)),
		"VerifyRawData":   auth.VerifyRawData(ctx, "{}", "x"),
		"Sign":            sign,
		"CheckSessionKey": auth.CheckSessionKey(ctx),
		"ResetSessionKey": auth.ResetSessionKey(ctx),
	} {
		if errorCode(err) != wxauth.CodeMisconfigured || !strings.Contains(err.Error(), "no session_key") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if logins, err := auth.Logins(background, id); len(logins) != 1 || err != nil {
		t.Errorf("Logins: %v, %v", logins, err)
	}
	if w := serve(auth.LoginHandler(), "GET", "/?code=alice", "", ""); code(w) != wxauth.CodeInvalidCode {
		t.Errorf("a used code: %d %s", w.Code, w.Body)
	}
	if w := serve(auth.LoginHandler(), "GET", "/?code=bad", "", ""); code(w) != wxauth.CodeInvalidCode {
		t.Errorf("a bad code: %d %s", w.Code, w.Body)
	}
	if n, err := auth.Revoke(background, id, "banned"); n != 1 || err != nil {
		t.Errorf("Revoke: %d, %v", n, err)
	}
	if w := serve(auth.Require(me), "GET", "/", token, ""); w.Code != 401 || !strings.Contains(w.Body.String(), `"reason":"banned"`) {
		t.Errorf("after Revoke: %d %s", w.Code, w.Body)
	}
}

// TestExchangeErrors checks which error code the client gets if App.Exchange fails. An
// error of package wxauth or wxapi determines the error code. Any other error must cause
// wechat_unavailable, and its text must be neither sent nor logged.
func TestExchangeErrors(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"refused":              {wxauth.ErrDenied, wxauth.CodeLoginDenied},
		"blocked":              {fmt.Errorf("gateway: %w", wxapi.ErrUserBlocked), wxauth.CodeLoginDenied},
		"of the application":   {&wxauth.Error{Code: "not_a_member", Status: 403, Detail: "join first"}, "not_a_member"},
		"WeChat's":             {&wxapi.Error{Code: 40163}, wxauth.CodeInvalidCode},
		"any other":            {errors.New("GET https://gateway/?secret=S3CRET: refused"), wxauth.CodeWeChatUnavailable},
		"any other, a timeout": {fmt.Errorf("S3CRET: %w", context.DeadlineExceeded), wxauth.CodeWeChatUnavailable},
	} {
		var log lines
		auth, err := wxauth.New(wxauth.Config{Logger: log.logger(), Apps: []wxauth.App{{ID: "wxgateway",
			Exchange: func(context.Context, string) (wxapi.Session, error) { return wxapi.Session{}, test.err }}}})
		if err != nil {
			t.Fatal(err)
		}
		w := serve(auth.LoginHandler(), "GET", "/?code=c", "", "")
		if code(w) != test.want || strings.Contains(w.Body.String()+log.String(), "S3CRET") {
			t.Errorf("%s: %d %s, log %s", name, w.Code, w.Body, &log)
		}
	}
}

// TestExchangeOfAnOddUser checks that a login fails with wechat_bad_reply if App.Exchange
// returns no openid, or if an openid or unionid contains a control character or has over
// 256 bytes.
func TestExchangeOfAnOddUser(t *testing.T) {
	for name, session := range map[string]wxapi.Session{
		"no openid":                 {},
		"a line break":              {OpenID: "alice\nbob"},
		"a line break at the end":   {OpenID: "alice\n"},
		"0x7f":                      {OpenID: "alice\x7f"},
		"an openid of 257 bytes":    {OpenID: strings.Repeat("a", 257)},
		"a unionid of 257 bytes":    {OpenID: "alice", UnionID: strings.Repeat("a", 257)},
		"a line break in a unionid": {OpenID: "alice", UnionID: "a\nb"},
	} {
		store := newTestStore()
		auth, err := wxauth.New(wxauth.Config{Sessions: sessionsIn(store), Logger: new(lines).logger(), Apps: []wxauth.App{{ID: "wxgateway",
			Exchange: func(context.Context, string) (wxapi.Session, error) { return session, nil }}}})
		if err != nil {
			t.Fatal(err)
		}
		if w := serve(auth.LoginHandler(), "GET", "/?code=c", "", ""); code(w) != wxauth.CodeWeChatBadReply {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
		if ops := store.list(); ops != "" {
			t.Errorf("%s: operations %q, want none", name, ops)
		}
	}
}
