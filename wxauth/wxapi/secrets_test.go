package wxapi_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

func TestSecretsDoNotPrint(t *testing.T) {
	key := wxapi.UnsafeSessionKey("tiihtNczf5v6AKRyjwEUhQ==")
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "theAppSecret"}
	type exported struct {
		App wxapi.App
		Key wxapi.SessionKey
	}
	type unexported struct{ key wxapi.SessionKey }
	values := map[string]any{
		"App": app, "*App": &app, "[]App": []wxapi.App{app},
		"SessionKey": key, "*SessionKey": &key, "map": map[string]wxapi.SessionKey{"k": key},
		"Session":    wxapi.Session{OpenID: "o", Key: key},
		"exported":   exported{app, key},
		"unexported": unexported{key},
		"Client":     wxapi.New(app, wxapi.Options{}),
		"Group":      wxapi.NewGroup(wxapi.Options{}),
		"encryption": wxapi.UserEncryptKey{Key: []byte("theAppSecret"), IV: "tiihtNcz"},
		"list":       []wxapi.UserEncryptKey{{Key: []byte("theAppSecret"), IV: "tiihtNcz"}},
	}
	for name, v := range values {
		var texts []string
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c", "%U", "%e", "%08.3f", "%!", "%y"} {
			texts = append(texts, fmt.Sprintf(verb, v))
		}
		if name == "SessionKey" || name == "unexported" {
			// For %p and for a misused %w, package fmt does not call the methods of a
			// SessionKey. Even then, the SessionKey must not print its secret.
			for _, verb := range []string{"%p", "%w"} {
				texts = append(texts, fmt.Sprintf(verb, v))
			}
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("", "v", v)
		json.NewEncoder(&b).Encode(v)
		xml.NewEncoder(&b).Encode(v)
		gob.NewEncoder(&b).Encode(v)
		texts = append(texts, b.String())
		for _, text := range texts {
			if !isWithheld(text, "theAppSecret", fmt.Sprintf("%x", "theAppSecret"), "tiihtNcz", fmt.Sprintf("%x", "tiihtNcz")) {
				t.Errorf("%s shows a secret: %s", name, text)
			}
		}
	}
}

// The secrets of a call must not appear in a printed error, in a printed Client, or in a
// value that the caller's httptrace or the RoundTripper from Options.Instrument receives.
func TestSecretsStayInside(t *testing.T) {
	var (
		app      = wxapi.App{ID: app.ID, Secret: "AppSecret/+&=%hush"}
		code     = "code-hush-1"
		key      = wxapi.UnsafeSessionKey("session-key-hush==")
		platform = wxapi.App{ID: app.ID, Platform: &wxapi.Platform{AppID: "wx1",
			AccessToken: func(context.Context, string) (string, error) { return "component-token-hush", nil }}}
		gateway = wxapi.App{ID: app.ID, Secret: app.Secret, Exchange: func(ctx context.Context, code string) (wxapi.Session, error) {
			return wxapi.Session{}, fmt.Errorf("GET https://gateway.example/?secret=hush&code=%s", code)
		}}
	)
	var mu sync.Mutex
	var told []string // all texts that must not contain a secret
	tell := func(v ...any) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf("%v %+v %#v %q", v, v, v, v))
	}
	var fault atomic.Value // holds a string
	wechat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		echo := r.URL.String() + string(body)
		quoted, _ := json.Marshal("invalid ip " + echo + ", rid: " + echo)
		w.Header().Set("Link", "<"+r.URL.String()+">; rel=preload")
		w.Header().Set("Set-Cookie", "session_key=hush")
		w.WriteHeader(http.StatusEarlyHints)
		switch fault.Load() {
		case "none":
			io.WriteString(w, `{"openid":"`+openID+`","session_key":"hush","access_token":"token-hush","expires_in":7200,"hush":1}`)
		case "errcode":
			io.WriteString(w, `{"errcode":40164,"errmsg":`+string(quoted)+`}`)
		case "token refused":
			io.WriteString(w, `{"errcode":42001,"errmsg":`+string(quoted)+`,"access_token":"token-hush","expires_in":7200}`)
		case "echo":
			io.WriteString(w, echo)
		case "echo as JSON":
			io.WriteString(w, `{"openid":`+string(quoted)+`,"session_key":`+string(quoted)+`,"errcode":`+string(quoted)+`}`)
		case "502":
			w.WriteHeader(502)
			io.WriteString(w, echo)
		case "redirect":
			w.Header().Set("Location", "/"+echo)
			w.WriteHeader(302)
		case "malformed redirect":
			w.Header().Set("Location", "http://[::1%25/"+echo)
			w.WriteHeader(302)
		case "broken off":
			w.Header().Set("Content-Length", "1000000")
			io.WriteString(w, echo)
		case "dropped":
			panic(http.ErrAbortHandler)
		case "slow":
			<-r.Context().Done()
		}
	}))
	defer wechat.Close()
	o := wxapi.Options{Hosts: []string{wechat.URL}, Timeout: 300 * time.Millisecond,
		Instrument: func(base http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				request, _ := httputil.DumpRequest(r, true)
				resp, err := base.RoundTrip(r)
				tell(string(request), r, r.URL, r.Context(), err)
				if resp != nil {
					response, _ := httputil.DumpResponse(resp, true)
					tell(string(response), resp)
				}
				return resp, err
			})
		}}
	withToken := o
	withToken.AccessToken = func(context.Context, string, string) (string, error) { return "token-hush", nil }
	ctx := httptrace.WithClientTrace(background, &httptrace.ClientTrace{
		GetConn:           func(hostPort string) { tell(hostPort) },
		Got1xxResponse:    func(code int, header textproto.MIMEHeader) error { tell(code, header); return nil },
		WroteHeaderField:  func(name string, values []string) { tell(name, values) },
		WroteRequest:      func(info httptrace.WroteRequestInfo) { tell(info) },
		GotConn:           func(info httptrace.GotConnInfo) { tell("a connection") },
		ConnectDone:       func(network, addr string, err error) { tell(network, addr, err) },
		PutIdleConn:       func(err error) { tell(err) },
		TLSHandshakeStart: func() {},
	})
	for _, name := range []string{"none", "errcode", "token refused", "echo", "echo as JSON", "502", "redirect", "malformed redirect", "broken off", "dropped", "slow"} {
		fault.Store(name)
		clients := map[string]*wxapi.Client{"app": wxapi.New(app, o), "platform": wxapi.New(platform, withToken),
			"gateway": wxapi.New(gateway, withToken), "own token": wxapi.New(app, withToken)}
		var calls sync.WaitGroup
		for name, client := range clients {
			var raw []byte
			for call, f := range map[string]func() error{
				"Code2Session":    func() error { return second(client.Code2Session(ctx, code)) },
				"PhoneNumber":     func() error { return second(client.PhoneNumber(ctx, "phone-code-hush", openID)) },
				"CheckSessionKey": func() error { return client.CheckSessionKey(ctx, openID, key) },
				"ResetSessionKey": func() error { return second(client.ResetSessionKey(ctx, openID, key)) },
				"UserEncryptKeys": func() error { return second(client.UserEncryptKeys(ctx, openID, key)) },
				"AccessToken":     func() error { return second(client.AccessToken(ctx)) },
				"Call": func() error {
					return client.Call(ctx, "POST", "/wxa/x?q=hush", map[string]string{"b": "hush"}, &struct{ Hush string }{})
				},
				"Call for bytes": func() error { return client.Call(ctx, "GET", "/wxa/y?q=hush", nil, &raw) },
			} {
				calls.Go(func() {
					err := f()
					tell(name, call, client)
					for ; err != nil; err = errors.Unwrap(err) {
						if name == "gateway" && call == "Code2Session" && errors.Unwrap(err) == nil {
							break // the error from Exchange contains secrets; only errors.Is, errors.As and errors.Unwrap reach it
						}
						tell(err)
					}
				})
			}
		}
		calls.Wait()
	}
	for _, text := range told {
		if !isWithheld(text, "hush", code, key.Sign(nil), url.QueryEscape(app.Secret)) {
			t.Errorf("a secret got out: %.2000s", text)
			return
		}
	}
	if len(told) < 1000 {
		t.Errorf("only %d texts were seen", len(told))
	}
}
