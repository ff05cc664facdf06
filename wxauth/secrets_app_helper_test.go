package wxauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type leakTest struct {
	*testing.T
	*watch
	app    wxauth.App
	wechat *wxtest.Server
	phone  *wxtest.Phone
	store  *testStore
	client *http.Client
	url    string
	token  string
}

func newLeakTest(t *testing.T, w *watch, http2, open bool) *leakTest {
	l := &leakTest{T: t, watch: w, store: newTestStore()}
	l.app = wxauth.App{ID: appID, Secret: `S3cr/+&=%9fQxZt7LmKw2"Vb`}
	sealKey := []byte("seal key of thirty-two bytes, !!")
	l.secret("AppSecret", l.app.Secret)
	l.secret("SealKey", string(sealKey))
	l.wechat = wxtest.NewServer(l.app)
	api := httptest.NewUnstartedServer(http.HandlerFunc(l.wechatProxy))
	api.EnableHTTP2 = http2
	api.Config.ErrorLog = log.New(io.Discard, "", 0)
	api.StartTLS()
	t.Cleanup(api.Close)
	l.phone = l.wechat.Phone(appID, openID)
	transport := api.Client().Transport.(*http.Transport)
	refused := httptest.NewServer(nil)
	refused.Close()

	c := wxauth.Config{
		Apps:     []wxauth.App{l.app},
		Sessions: sessionsIn(l.store),
		Logger:   l.logger(),
		OnEvent:  func(_ context.Context, e wxauth.Event) { l.print("event", e); l.deep("event", e) },
		API:      wxapi.Options{Hosts: []string{api.URL}, Transport: transport, Instrument: l.instrument, Timeout: 30 * time.Second},
		SealKeys: [][]byte{sealKey},
	}
	if open {
		c.SealKeys = nil
		c.Sessions.HashTokenInStore = false
		c.ReplyError = l.replyError
		c.ReplyLogin = l.replyLogin
	}
	l.print("Config", c, &c, []any{c})
	mux := http.NewServeMux()
	for name, change := range map[string]func(c *wxauth.Config){
		"":             func(*wxauth.Config) {},
		"/refused":     func(c *wxauth.Config) { c.API.Hosts = []string{strings.Replace(refused.URL, "http:", "https:", 1)} },
		"/no-name":     func(c *wxauth.Config) { c.API.Hosts = []string{"https://" + strings.Repeat("long", 16) + ".invalid"} },
		"/untrusted":   func(c *wxauth.Config) { c.API.Transport = &http.Transport{ForceAttemptHTTP2: http2} },
		"/slow":        func(c *wxauth.Config) { c.API.Timeout = 200 * time.Millisecond },
		"/transport":   func(c *wxauth.Config) { c.API.Transport = panics },
		"/instrument":  func(c *wxauth.Config) { c.API.Instrument = func(http.RoundTripper) http.RoundTripper { return panics } },
		"/hook-panics": func(c *wxauth.Config) { c.OnLogin = l.hook(func() error { panic("boom") }) },
		"/hook-fails":  func(c *wxauth.Config) { c.OnLogin = l.hook(func() error { return errors.New("no such user") }) },
		"/hook-denies": func(c *wxauth.Config) { c.OnLogin = l.hook(func() error { return wxauth.ErrDenied }) },
	} {
		c := c
		change(&c)
		auth, err := wxauth.New(c)
		if err != nil {
			t.Fatal(err)
		}
		l.print("Auth", auth)
		client, err := auth.API(background, appID)
		l.print("Client", client, err)
		l.mount(mux, name, auth, c)
	}
	app := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(l.trace(r.Context())))
	}))
	app.EnableHTTP2 = http2
	app.Config.ErrorLog = log.New(place{l.watch, "server log"}, "", 0)
	app.StartTLS()
	t.Cleanup(app.Close)
	l.client, l.url = app.Client(), app.URL
	return l
}

var panics = roundTripper(func(r *http.Request) (*http.Response, error) { panic(r.URL.String()) })

func (l *leakTest) hook(end func() error) func(*http.Request, wxauth.Identity) (string, error) {
	return func(r *http.Request, id wxauth.Identity) (string, error) {
		ctx := r.Context()
		l.print("OnLogin", ctx, id)
		l.deep("OnLogin", ctx)
		return "", end()
	}
}

func (l *leakTest) replyError(w http.ResponseWriter, _ *http.Request, err *wxauth.Error) {
	l.chain("ReplyError", err)
	w.Header().Set("Code", err.Code)
	w.WriteHeader(err.Status)
}

// replyLogin is a Config.ReplyLogin that logs the login, as an application in development
// could do.
func (l *leakTest) replyLogin(w http.ResponseWriter, r *http.Request, login wxauth.Login) {
	l.secret("token", login.Token)
	l.print("ReplyLogin", login, &login)
	l.logger().InfoContext(r.Context(), "login", "login", login)
	json.NewEncoder(w).Encode(map[string]string{"token": login.Token})
}

// wechatProxy simulates a careless proxy in front of WeChat. It sends the URL of the
// request back in a 103 response.
func (l *leakTest) wechatProxy(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{"access_token", "signature"} {
		if v := r.URL.Query().Get(name); v != "" {
			l.secret(name, v)
		}
	}
	w.Header().Set("Link", "<"+r.URL.String()+">; rel=preload")
	w.WriteHeader(http.StatusEarlyHints)
	l.wechat.ServeHTTP(w, r)
}

func (l *leakTest) mount(mux *http.ServeMux, prefix string, auth *wxauth.Auth, c wxauth.Config) {
	mux.Handle(prefix+"/login", auth.LoginHandler())
	mux.Handle(prefix+"/logout", auth.LogoutHandler())
	mux.Handle(prefix+"/session", auth.SessionHandler())
	mux.Handle(prefix+"/me", auth.Require(me))
	mux.Handle(prefix+"/data", auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.Sessions.Put(r.Context(), "cart", "apples")
		l.print("context of a request", r.Context())
	})))
	mux.Handle(prefix+"/use/{what}", auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := l.use(r.Context(), auth, r.PathValue("what"))
		l.chain("error of a use", err)
		if err != nil {
			auth.WriteError(w, r, err)
		}
	})))
}

func (l *leakTest) use(ctx context.Context, auth *wxauth.Auth, what string) error {
	data, iv := l.phone.Encrypt(map[string]any{"openId": openID, "steps": 7})
	encrypted := wxauth.Encrypted{EncryptedData: data, IV: iv}
	switch what {
	case "phone":
		code := l.phone.PhoneCode("86", "13800138000")
		l.secret("phone code", code)
		_, err := auth.PhoneNumber(ctx, code)
		return err
	case "check":
		return auth.CheckSessionKey(ctx)
	case "reset":
		return auth.ResetSessionKey(ctx)
	case "keys":
		keys, err := auth.UserEncryptKeys(ctx)
		l.print("UserEncryptKeys", keys)
		return err
	case "decrypt into another type":
		return auth.Decrypt(ctx, encrypted, new([]int))
	case "decrypt into no pointer":
		return auth.Decrypt(ctx, encrypted, 7)
	case "decrypt with another IV":
		encrypted.IV = "AAAAAAAAAAAAAAAAAAAAAA=="
		return auth.Decrypt(ctx, encrypted, new(map[string]any))
	case "decrypt half":
		encrypted.EncryptedData = data[:len(data)/2]
		return auth.Decrypt(ctx, encrypted, new(map[string]any))
	case "verify":
		return auth.VerifyRawData(ctx, "raw", strings.Repeat("0", 40))
	case "revoke":
		_, err := auth.Revoke(ctx, alice, "")
		return err
	}
	panic("no use " + what)
}

func (l *leakTest) do(method, path, body string) string {
	r, err := http.NewRequest(method, l.url+path, strings.NewReader(body))
	if err != nil {
		l.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+l.token)
	resp, err := l.client.Do(r)
	if err != nil {
		return "aborted"
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return "aborted"
	}
	l.print("response", resp.Header, resp.Trailer)
	var reply struct{ Code, Token string }
	json.Unmarshal(b, &reply)
	if reply.Token != "" {
		l.token = reply.Token
		l.secret("token", reply.Token)
		b = bytes.ReplaceAll(b, []byte(reply.Token), nil) // the reply to a login is allowed to contain the token
	}
	l.add("response", string(b))
	switch {
	case resp.StatusCode < 300:
		return "ok"
	case reply.Code != "":
		return reply.Code
	}
	return resp.Header.Get("Code")
}

func (l *leakTest) login(prefix string, fault func(code string) wxtest.Fault) string {
	code := l.phone.Login()
	key := wxapi.UnsafeRevealSessionKey(l.phone.SessionKey())
	l.secret("code", code)
	l.secret("session_key", key)
	l.wechat.FailAlways(fault(code))
	defer l.wechat.ClearFaults()
	return l.do("POST", prefix+"/login", `{"code":"`+code+`"}`)
}
