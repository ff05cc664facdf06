package wxauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type lines struct{ bytes.Buffer }

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(&l.Buffer, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// take returns the lines since the last call, without their times.
func (l *lines) take(t *testing.T) (all []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(l.Bytes()) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "time")
		all = append(all, m)
	}
	l.Reset()
	return all
}

func TestLogKeys(t *testing.T) {
	var log lines
	auth, wechat := newAuth(t, wxauth.Config{Logger: log.logger()})
	wechat.FailNext(wxtest.Fault{Body: `{"errcode":40125,"errmsg":"invalid appsecret, rid: ` + rid + `"}`})
	serve(auth.LoginHandler(), "GET", "/?code=c", "", "")
	got := log.take(t)
	want := []map[string]any{{"level": "ERROR", "msg": "wxauth: request refused", "event": "login", "code": "misconfigured",
		"app": appID, "errcode": 40125.0, "rid": rid}}
	if len(got) == 1 {
		if text := fmt.Sprint(got[0]["error"]); !strings.Contains(text, "AppSecret is wrong or was reset") {
			t.Errorf("error: %s", text)
		}
		delete(got[0], "error")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLogSaysWhyDecryptFails checks that the log contains the reason why Decrypt refuses
// data. The reply to the client must not contain the reason.
func TestLogSaysWhyDecryptFails(t *testing.T) {
	const mark = `"watermark":{"appid":"` + appID + `","timestamp":1477314187}`
	var log lines
	auth, wechat := newAuth(t, wxauth.Config{Logger: log.logger()})
	ctx := userWithKey(t, auth, wechat, testKey)
	reasons := make(map[string]string)
	for name, data := range map[string]wxauth.Encrypted{
		"another app":     encrypt(testKey, pad(`{"watermark":{"appid":"wx0","timestamp":1}}`)),
		"another key":     encrypt("AAAAAAAAAAAAAAAAAAAAAA==", pad(`{`+mark+`}`)),
		"another user":    encrypt(testKey, pad(`{"openId":"x",`+mark+`}`)),
		"too old":         {EncryptedData: encrypt(testKey, pad(`{`+mark+`}`)).EncryptedData, IV: encrypt(testKey, pad(`{`+mark+`}`)).IV, MaxAge: time.Minute},
		"no whole number": encrypt(testKey, pad(`{"phoneNumber":"1",`+mark+`}`)),
	} {
		log.Reset()
		w := httptest.NewRecorder()
		auth.WriteError(w, httptest.NewRequest("POST", "/", nil), auth.Decrypt(ctx, data, new(any)))
		all := log.take(t)
		if len(all) != 1 || all[0]["event"] != "decrypt" || all[0]["reason"] == nil {
			t.Fatalf("%s: log %v", name, all)
		}
		reason := all[0]["reason"].(string)
		if other, ok := reasons[reason]; ok {
			t.Errorf("%s and %s have the same reason", name, other)
		}
		reasons[reason] = name
		if strings.Contains(w.Body.String(), reason) || code(w) != wxauth.CodeSessionKeyStale {
			t.Errorf("%s: the client reads %s", name, w.Body)
		}
	}
}

func TestLogOfLoginsNamesTheEvent(t *testing.T) {
	id := alice
	id.LoginID = strings.Repeat("a", 22)
	for name, test := range map[string]struct {
		call func(*wxauth.Auth) error
		want any
	}{
		"Logins":       {func(a *wxauth.Auth) error { _, err := a.Logins(background, id); return err }, nil},
		"EndLogin":     {func(a *wxauth.Auth) error { _, err := a.EndLogin(background, id, ""); return err }, wxauth.EventEnd},
		"RevokeOthers": {func(a *wxauth.Auth) error { _, err := a.RevokeOthers(background, id, ""); return err }, wxauth.EventRevoke},
		"Revoke":       {func(a *wxauth.Auth) error { _, err := a.Revoke(background, id, ""); return err }, wxauth.EventRevoke},
	} {
		var log lines
		store := newTestStore()
		store.set(func(context.Context, int, string, string) (bool, error) { return false, errors.New("down") })
		auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), Logger: log.logger()})
		auth.WriteError(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil), test.call(auth))
		if all := log.take(t); len(all) != 1 || all[0]["event"] != test.want {
			t.Errorf("%s: the log has %v, want the event %v", name, all, test.want)
		}
	}
}

// TestOutageIsLoggedOnceASecond checks that the first failure of a store outage is logged
// immediately, and that further failures cause at most one line per second. Each further
// line contains the number of failures that were not logged since the previous line.
func TestOutageIsLoggedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lines
		store := newTestStore()
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), Logger: log.logger()})
		token := login(t, auth, wechat.Phone(appID, openID))
		store.set(down)
		for range 1000 {
			serve(auth.Require(me), "GET", "/", token, "")
			time.Sleep(5 * time.Millisecond) // 5 s in total, on synctest's fake clock
		}
		all := log.take(t)
		if len(all) != 5 {
			t.Fatalf("%d lines, want 5", len(all))
		}
		for i, line := range all[1:] {
			if line["suppressed"] != 199.0 {
				t.Errorf("line %d: %v", i+2, line)
			}
		}
		// An outage of the store must not suppress the log line of an outage of WeChat.
		serve(auth.Require(me), "GET", "/", token, "")
		auth.WriteError(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), wxapi.ErrUnavailable)
		if all := log.take(t); len(all) != 2 || all[0]["code"] != wxauth.CodeStoreUnavailable || all[1]["code"] != wxauth.CodeWeChatUnavailable {
			t.Errorf("two kinds of outage: %v", all)
		}
		// A failure because the client disconnected must be logged at debug level. It
		// must not suppress the line of an outage, and must not be counted as suppressed.
		time.Sleep(time.Second)
		ctx, cancel := context.WithCancel(background)
		cancel()
		store.set(func(ctx context.Context, _ int, _, _ string) (bool, error) {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			return false, errDown
		})
		auth.Require(me).ServeHTTP(httptest.NewRecorder(), requestWith(token).WithContext(ctx))
		serve(auth.Require(me), "GET", "/", token, "")
		if all := log.take(t); len(all) != 2 || all[0]["level"] != "DEBUG" || all[1]["level"] != "ERROR" || all[1]["suppressed"] != nil {
			t.Errorf("a client that has gone, then an outage: %v", all)
		}
	})
}

// plainText is an error with a method SafeError. Only the text of SafeError is allowed in
// the log, not the text of Error.
type plainText struct{}

func (plainText) Error() string { return "the token was abc" }

func (plainText) SafeError() string { return "shard 7 is read-only" }

// TestLogSaysWhyTheStoreFails checks which part of a store error is in the log. The whole
// text must not be in the log, because the text can contain secrets.
func TestLogSaysWhyTheStoreFails(t *testing.T) {
	for text, err := range map[string]error{
		"shard 7 is read-only":   fmt.Errorf("finding: %w", plainText{}),
		"NOAUTH":                 fmt.Errorf("finding: %w", errors.New("NOAUTH Authentication required.")),
		"READONLY":               errors.Join(errors.New("first"), errors.New("READONLY You can't write against a read only replica.")),
		"deadline exceeded":      fmt.Errorf("finding %q: %w", "secret-token", context.DeadlineExceeded),
		"*errors.errorString":    errors.New("secret-token"),
		"the session store fail": errors.New("secret-token"),
	} {
		var log lines
		store := newTestStore()
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessionsIn(store), Logger: log.logger()})
		token := login(t, auth, wechat.Phone(appID, openID))
		store.set(func(context.Context, int, string, string) (bool, error) { return false, err })
		serve(auth.Require(me), "GET", "/", token, "")
		if !strings.Contains(log.String(), text) || strings.Contains(log.String(), "secret-token") || strings.Contains(log.String(), "abc") {
			t.Errorf("want %q, log: %s", text, &log)
		}
	}
}
