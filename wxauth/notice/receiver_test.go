package notice_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/notice"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func TestURLCheck(t *testing.T) {
	receiver, got := newReceiver(t, newAuth(t))
	check := func(changes ...string) *http.Request {
		r := push().Check("/push", "4375120948345356249")
		q := r.URL.Query()
		for i := 0; i < len(changes); i += 2 {
			q.Set(changes[i], changes[i+1])
		}
		r.URL.RawQuery = q.Encode()
		return r
	}
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
		body   string
	}{
		{"right", check(), 200, "4375120948345356249"},
		{"echostr that looks like HTML", check("echostr", "<script>"), 200, "<script>"},
		{"256 bytes of echostr", check("echostr", strings.Repeat("x", 256)), 200, strings.Repeat("x", 256)},
		{"257 bytes of echostr", check("echostr", strings.Repeat("x", 257)), 403, "refused"},
		{"no echostr", check("echostr", ""), 403, "refused"},
		{"no signature", check("signature", ""), 403, "refused"},
		{"another nonce", check("nonce", "0"), 403, "refused"},
		{"another token", wxtest.Push{Token: "x"}.Check("/push", "1"), 403, "refused"},
		{"no query", httptest.NewRequest("GET", "/push", nil), 403, "refused"},
		{"HEAD", httptest.NewRequest("HEAD", "/push?"+url.Values(check().URL.Query()).Encode(), nil), 405, "only GET and POST are allowed"},
		{"PUT", httptest.NewRequest("PUT", "/push", nil), 405, "only GET and POST are allowed"},
	} {
		w := httptest.NewRecorder()
		receiver.ServeHTTP(w, test.r)
		if w.Code != test.status || w.Body.String() != test.body {
			t.Errorf("%s: %d %s, want %d %s", test.name, w.Code, w.Body, test.status, test.body)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", test.name, name, got, want)
			}
		}
	}
	if len(*got) != 0 {
		t.Errorf("%d notices from checks", len(*got))
	}
}

func logIn(t *testing.T, auth *wxauth.Auth, wechat *wxtest.Server, openID string) string {
	t.Helper()
	r := httptest.NewRequest("GET", "/login?code="+wechat.Phone(app.ID, openID).Login(), nil)
	_, body := serve(auth.LoginHandler(), r)
	_, rest, _ := strings.Cut(body, `"token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	if len(token) != 43 {
		t.Fatalf("login: %s", body)
	}
	return token
}

func loggedIn(t *testing.T, auth *wxauth.Auth, token string) bool {
	t.Helper()
	r := httptest.NewRequest("GET", "/session", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	status, body := serve(auth.SessionHandler(), r)
	if status != 200 && (status != 401 || !strings.Contains(body, `"reason":"account_closed"`)) {
		t.Errorf("session: %d %s", status, body)
	}
	return status == 200
}

func TestNoticesBesideLiveLogins(t *testing.T) {
	closed := wxtest.Notice{Event: notice.AccountClosed, OpenID: openID}
	change := func(f func(*wxtest.Notice)) wxtest.Notice {
		n := closed
		f(&n)
		return n
	}
	plain := push()
	plain.Mode = wxtest.PlainMode
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
		ends   bool // whether the message must end the logins of openID
	}{
		{"account closed", push().Notice("/", closed), 200, true},
		{"account closed, of an app with a UnionID", push().Notice("/", change(func(n *wxtest.Notice) { n.UnionID = "u" })), 200, true},
		{"account closed, without AppID", push().Message("/", []byte(`{"MsgType":"event","Event":"user_authorization_cancellation","OpenID":"`+openID+`"}`)), 200, true},
		{"account closed, without OpenID", push().Notice("/", change(func(n *wxtest.Notice) { n.OpenID = "" })), 200, false},
		{"account closed, of another app", push().Notice("/", change(func(n *wxtest.Notice) { n.AppID = "wx0" })), 200, false},
		{"account closed, of a plugin's user", push().Notice("/", change(func(n *wxtest.Notice) { n.PluginID = "wx1" })), 200, false},
		{"account closed, of an unknown user", push().Notice("/", change(func(n *wxtest.Notice) { n.OpenID = "nobody" })), 200, false},
		{"account closed, FromUserName is the user", push().Message("/", []byte(`{"FromUserName":"`+openID+`","MsgType":"event","Event":"user_authorization_cancellation"}`)), 200, false},
		{"account closed, in plain mode", plain.Notice("/", closed), 403, false},
		{"consent withdrawn", push().Notice("/", change(func(n *wxtest.Notice) { n.Event = notice.ConsentWithdrawn })), 200, false},
		{"profile modified", push().Notice("/", change(func(n *wxtest.Notice) { n.Event = notice.ProfileModified })), 200, false},
		{"another event", push().Notice("/", change(func(n *wxtest.Notice) { n.Event = "debug_demo" })), 200, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			wechat := wxtest.NewServer(app)
			revokes := 0
			auth := newAuth(t, func(c *wxauth.Config) {
				c.API = wxapi.Options{Transport: wechat.Transport()}
				c.OnEvent = func(_ context.Context, e wxauth.Event) {
					if e.Name == wxauth.EventRevoke {
						revokes++
					}
				}
			})
			phone, tablet := logIn(t, auth, wechat, openID), logIn(t, auth, wechat, openID)
			other := logIn(t, auth, wechat, otherID)
			endedBefore := false
			receiver, got := newReceiver(t, auth, func(c *notice.Config) {
				record := c.OnNotice
				c.OnNotice = func(ctx context.Context, n notice.Notice) error {
					endedBefore = !loggedIn(t, auth, phone)
					return record(ctx, n)
				}
			})
			if status, _ := serve(receiver, test.r); status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if len(*got) != map[int]int{200: 1, 403: 0}[test.status] {
				t.Errorf("%d notices", len(*got))
			}
			if endedBefore != test.ends {
				t.Errorf("logins had ended when OnNotice ran: %t, want %t", endedBefore, test.ends)
			}
			for name, token := range map[string]string{"phone": phone, "tablet": tablet} {
				if ended := !loggedIn(t, auth, token); ended != test.ends {
					t.Errorf("the login on the %s ended: %t, want %t", name, ended, test.ends)
				}
			}
			if !loggedIn(t, auth, other) {
				t.Error("the login of another user ended")
			}
			if got := revokes > 0; got != (test.ends || test.name == "account closed, of an unknown user") {
				t.Errorf("Revoke was called: %t", got)
			}
		})
	}
}

type breakable struct {
	*stores.Memory
	find func(ctx context.Context) error
}

func (s *breakable) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	if s.find != nil {
		if err := s.find(ctx); err != nil {
			return nil, false, err
		}
	}
	return s.Memory.FindCtx(ctx, key)
}

// Like WeChat, TestFailures repeats the message after an answer of 500. Each attempt must
// call OnNotice, even if the store fails.
func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name          string
		store, notice int // how many of the first attempts fail in the store, and how many in OnNotice
	}{
		{"none", 0, 0}, {"store once", 1, 0}, {"OnNotice once", 0, 1}, {"both at once", 1, 1}, {"store twice", 2, 0}, {"OnNotice twice", 0, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			wechat := wxtest.NewServer(app)
			store := &breakable{Memory: stores.NewMemory()}
			auth := newAuth(t, func(c *wxauth.Config) {
				c.API = wxapi.Options{Transport: wechat.Transport()}
				c.Sessions = wxauth.NewSessions()
				c.Sessions.Store = store
			})
			user := logIn(t, auth, wechat, openID)
			var log bytes.Buffer
			calls := 0
			receiver, _ := newReceiver(t, auth, func(c *notice.Config) {
				c.Logger = slog.New(slog.NewTextHandler(&log, nil))
				c.OnNotice = func(context.Context, notice.Notice) error {
					if calls++; calls <= test.notice {
						return errors.New("the application's database is down")
					}
					return nil
				}
			})
			for attempt := 1; ; attempt++ {
				store.find = nil
				if attempt <= test.store {
					store.find = func(context.Context) error { return errors.New("the store is down") }
				}
				status, body := serve(receiver, push().Notice("/", wxtest.Notice{Event: notice.AccountClosed, OpenID: openID}))
				if calls != attempt {
					t.Errorf("attempt %d: OnNotice ran %d times", attempt, calls)
				}
				if fails := attempt <= max(test.store, test.notice); fails {
					if status != 500 || body != "failed" {
						t.Errorf("attempt %d: %d %s, want 500 failed", attempt, status, body)
					}
					continue
				}
				if status != 200 || body != "success" {
					t.Errorf("attempt %d: %d %s, want 200 success", attempt, status, body)
				}
				break
			}
			store.find = nil
			if loggedIn(t, auth, user) {
				t.Error("the login goes on")
			}
			if got, want := strings.Count(log.String(), "level=ERROR"), max(test.store, test.notice); got != want {
				t.Errorf("%d errors in the log, want %d:\n%s", got, want, &log)
			}
			if test.notice > 0 && !strings.Contains(log.String(), "the application's database is down") {
				t.Errorf("the error of OnNotice is not in the log:\n%s", &log)
			}
		})
	}
}

func TestTimeLimits(t *testing.T) {
	hang := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	for _, test := range []struct {
		name         string
		store        func(context.Context) error
		notice       func(context.Context) error
		begins, ends time.Duration // times from the start of the request until OnNotice begins and until the answer is sent
		status       int
	}{
		{"both quick", nil, nil, 0, 0, 200},
		{"OnNotice hangs", nil, hang, 0, 4 * time.Second, 500},
		{"store hangs", hang, nil, 2 * time.Second, 2 * time.Second, 500},
		{"both hang", hang, hang, 2 * time.Second, 4 * time.Second, 500},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &breakable{Memory: stores.NewMemory(), find: test.store}
				auth := newAuth(t, func(c *wxauth.Config) {
					c.Sessions = wxauth.NewSessions()
					c.Sessions.Store = store
				})
				start := time.Now()
				var begins time.Duration
				receiver, _ := newReceiver(t, auth, func(c *notice.Config) {
					c.OnNotice = func(ctx context.Context, _ notice.Notice) error {
						begins = time.Since(start)
						if test.notice != nil {
							return test.notice(ctx)
						}
						return ctx.Err()
					}
				})
				// WeChat has already disconnected. Revoke and OnNotice must still run.
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				r := push().Notice("/", wxtest.Notice{Event: notice.AccountClosed, OpenID: openID}).WithContext(ctx)
				status, _ := serve(receiver, r)
				if ends := time.Since(start); begins != test.begins || ends != test.ends || status != test.status {
					t.Errorf("OnNotice from %s to %s, status %d; want %s to %s, %d", begins, ends, status, test.begins, test.ends, test.status)
				}
			})
		})
	}
}

func TestOnNoticeContext(t *testing.T) {
	type contextKey struct{}
	var got any
	receiver, _ := newReceiver(t, newAuth(t), func(c *notice.Config) {
		c.OnNotice = func(ctx context.Context, _ notice.Notice) error {
			got = ctx.Value(contextKey{})
			return nil
		}
	})
	r := push().Message("/", []byte(hello))
	serve(receiver, r.WithContext(context.WithValue(t.Context(), contextKey{}, "traced")))
	if got != "traced" {
		t.Errorf("the context's value is %v", got)
	}
}

func TestNoOnNotice(t *testing.T) {
	wechat := wxtest.NewServer(app)
	auth := newAuth(t, func(c *wxauth.Config) { c.API = wxapi.Options{Transport: wechat.Transport()} })
	user := logIn(t, auth, wechat, openID)
	receiver, _ := newReceiver(t, auth, func(c *notice.Config) { c.OnNotice = nil })
	if status, body := serve(receiver, push().Notice("/", wxtest.Notice{Event: notice.AccountClosed, OpenID: openID})); status != 200 || body != "success" {
		t.Errorf("%d %s", status, body)
	}
	if loggedIn(t, auth, user) {
		t.Error("the login goes on")
	}
}

func TestNew(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*notice.Config)
		want   string
		log    string
	}{
		{"right", func(*notice.Config) {}, "", ""},
		{"no AppID", func(c *notice.Config) { c.AppID = "" }, "notice: Config.AppID is empty", ""},
		{"no Token", func(c *notice.Config) { c.Token = "" }, "notice: Config.Token is empty", ""},
		{"no key", func(c *notice.Config) { c.EncodingAESKeys = nil }, "notice: Config.EncodingAESKeys is empty", ""},
		{"short key", func(c *notice.Config) { c.EncodingAESKeys = []string{key, "AAAA"} }, "notice: Config.EncodingAESKeys[1] must have 43 characters", ""},
		{"key with its padding", func(c *notice.Config) { c.EncodingAESKeys = []string{key + "="} }, "notice: Config.EncodingAESKeys[0] must have 43 characters", ""},
		{"key with a space", func(c *notice.Config) { c.EncodingAESKeys = []string{" " + key[1:]} }, "notice: Config.EncodingAESKeys[0] must have only letters, digits, + and /", ""},
		{"key with a line end", func(c *notice.Config) { c.EncodingAESKeys = []string{"\n" + key[1:]} }, "notice: Config.EncodingAESKeys[0] must have only letters, digits, + and /", ""},
		{"Token of 15 characters", func(c *notice.Config) { c.Token = strings.Repeat("x", 15) }, "", "the Token is short"},
		{"Token of 16 characters", func(c *notice.Config) { c.Token = strings.Repeat("x", 16) }, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			config := notice.Config{AppID: app.ID, Token: token, EncodingAESKeys: []string{key}, Logger: slog.New(slog.NewTextHandler(&log, nil))}
			test.change(&config)
			_, err := notice.New(newAuth(t), config)
			if got := errorText(err); got != test.want {
				t.Errorf("error %q, want %q", got, test.want)
			}
			if test.log == "" && log.Len() > 0 || !strings.Contains(log.String(), test.log) ||
				config.Token != "" && strings.Contains(log.String(), config.Token) {
				t.Errorf("log %q, want %q", &log, test.log)
			}
		})
	}
	if _, err := notice.New(nil, notice.Config{}); errorText(err) != "notice: auth is nil" {
		t.Errorf("error %v", err)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestRefusalsAreLogged(t *testing.T) {
	var log bytes.Buffer
	receiver, _ := newReceiver(t, newAuth(t), func(c *notice.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	plain := push()
	plain.Mode = wxtest.PlainMode
	serve(receiver, plain.Notice("/", wxtest.Notice{Event: notice.AccountClosed, OpenID: openID}))
	for _, want := range []string{"level=WARN", "app=" + app.ID, "safe mode"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in the log: %s", want, &log)
		}
	}
	if strings.Contains(log.String(), token) || strings.Contains(log.String(), openID) {
		t.Errorf("the log tells too much: %s", &log)
	}
}
