package muxtest

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

var frameworks = map[string]func(*testing.T, *application) server{
	"ServeMux":    newServeMux,
	"StripPrefix": newStripPrefix,
	"chi":         newChi,
	"gorilla/mux": newGorilla,
	"gin":         newGin,
	"echo v4":     newEcho4,
	"echo v5":     newEcho5,
	"go-zero":     newGoZero,
	"kratos":      newKratos,
}

func everywhere(t *testing.T, test func(t *testing.T, framework string, start func(*testing.T, *application) server)) {
	for _, name := range slices.Sorted(maps.Keys(frameworks)) {
		t.Run(name, func(t *testing.T) { test(t, name, frameworks[name]) })
	}
}

func TestMount(t *testing.T) {
	everywhere(t, func(t *testing.T, _ string, start func(*testing.T, *application) server) {
		for kind, login := range map[string]func(code string) request{
			"JSON": func(code string) request {
				return request{"POST", "/login", "application/json", `{"code":"` + code + `"}`}
			},
			"form": func(code string) request {
				return request{"POST", "/login", "application/x-www-form-urlencoded", url.Values{"code": {code}, "appid": {app.ID}}.Encode()}
			},
			// Many tutorials call wx.request({url: '…/wxopen/getOpenIdAndSessionKey',
			// data: {code}}). wx.request sends "Content-Type: application/json" even with
			// a GET.
			"tutorial": func(code string) request {
				return request{"GET", "/wxopen/getOpenIdAndSessionKey?code=" + url.QueryEscape(code), "application/json", ""}
			},
		} {
			t.Run(kind, func(t *testing.T) {
				a := newApplication(t)
				c := &client{t: t, url: start(t, a).url}
				c.want(401, "not_logged_in", get("/me/x"))
				c.want(401, "not_logged_in", post("/cart"))
				c.want(401, "not_logged_in", get("/session"))
				c.want(204, "", post("/logout"))
				c.want(400, "invalid_request", login(""))
				c.want(400, "invalid_code", login("made up"))

				r := login(a.phone.Login())
				_, body, err := c.send(r)
				var reply map[string]any
				if json.Unmarshal([]byte(body), &reply) != nil || err != nil {
					t.Fatalf("login: %s (%v)", body, err)
				}
				if diff := cmp.Diff([]string{"expires_at", "expires_in", "token", "token_type"}, slices.Sorted(maps.Keys(reply))); diff != "" {
					t.Errorf("members (-want +got):\n%s", diff)
				}
				c.token, _ = reply["token"].(string)
				c.want(200, openID+" x", get("/me/x"))
				c.want(200, "", post("/cart?item=book"))
				c.want(200, "book", post("/cart"))
				if status, body, _ := c.send(get("/session")); status != 200 || !strings.HasPrefix(body, `{"expires_in":`) {
					t.Errorf("session: %d %s", status, body)
				}
				c.want(400, "invalid_code", r) // the code was used before

				good := c.token
				c.token = strings.Repeat("x", len(good))
				c.want(401, "not_logged_in", get("/me/x"))
				c.token = good
				c.want(204, "", post("/logout"))
				for _, path := range []string{"/me/x", "/session"} {
					c.want(401, "not_logged_in", get(path))
				}
				c.want(401, "not_logged_in", post("/cart"))
				c.want(204, "", post("/logout"))
			})
		}
	})
}

func TestErrors(t *testing.T) {
	everywhere(t, func(t *testing.T, _ string, start func(*testing.T, *application) server) {
		a := newApplication(t)
		c := &client{t: t, url: start(t, a).url}
		c.logIn(a)
		steps := func(data, iv string) request {
			body, _ := json.Marshal(wxauth.Encrypted{EncryptedData: data, IV: iv})
			return request{"POST", "/steps", "application/json", string(body)}
		}
		data, iv := a.phone.Encrypt(map[string]any{"stepInfoList": []map[string]int{{"timestamp": 1, "step": 7}}})
		c.want(200, "7", steps(data, iv))
		c.want(400, "invalid_request", steps(data+"!", iv))
		a.phone.Login()
		data, iv = a.phone.Encrypt(struct{}{}) // encrypted with a session_key that the server does not have
		c.want(409, "session_key_stale", steps(data, iv))
	})
}

func TestEnvelope(t *testing.T) {
	type envelope struct {
		Code string `json:"code"`
		Data string `json:"data"`
	}
	everywhere(t, func(t *testing.T, _ string, start func(*testing.T, *application) server) {
		a := newApplication(t, func(c *wxauth.Config) {
			c.ReplyLogin = func(w http.ResponseWriter, _ *http.Request, login wxauth.Login) {
				json.NewEncoder(w).Encode(envelope{"ok", login.Token})
			}
			c.ReplyError = func(w http.ResponseWriter, _ *http.Request, err *wxauth.Error) {
				json.NewEncoder(w).Encode(envelope{err.Code, err.Detail})
			}
		})
		c := &client{t: t, url: start(t, a).url}
		ask := func(q request) envelope {
			t.Helper()
			status, body, err := c.send(q)
			var e envelope
			if json.Unmarshal([]byte(body), &e) != nil || status != 200 || err != nil {
				t.Errorf("%s: %d %s (%v)", q.path, status, body, err)
			}
			return e
		}
		if e := ask(get("/me/x")); e.Code != "not_logged_in" || e.Data == "" {
			t.Errorf("without a token: %+v", e)
		}
		e := ask(request{"POST", "/login", "application/json", `{"code":"` + a.phone.Login() + `"}`})
		if c.token = e.Data; e.Code != "ok" {
			t.Errorf("login: %+v", e)
		}
		c.want(200, openID+" x", get("/me/x"))
	})
}

// TestCORS checks that a preflight request needs no token, and that web pages can read
// replies with the status 401 or 400.
func TestCORS(t *testing.T) {
	everywhere(t, func(t *testing.T, _ string, start func(*testing.T, *application) server) {
		a := newApplication(t)
		c := &client{t: t, url: start(t, a).url}
		for _, test := range []struct {
			q      request
			status int
			header []string
		}{
			{request{method: "OPTIONS", path: "/me/x"}, 204, []string{"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization"}},
			{get("/me/x"), 401, nil},
			{request{"POST", "/login", "application/json", `{"code":"made up"}`}, 400, nil},
		} {
			reply, err := c.do(test.q, append(test.header, "Origin", "https://shop.example")...)
			if err != nil {
				t.Fatal(err)
			}
			reply.Body.Close()
			origin := reply.Header.Get("Access-Control-Allow-Origin")
			if reply.StatusCode != test.status || origin != "*" && origin != "https://shop.example" {
				t.Errorf("%s %s: %d %v, want %d", test.q.method, test.q.path, reply.StatusCode, reply.Header, test.status)
			}
			if test.status == 204 && !strings.Contains(strings.ToLower(reply.Header.Get("Access-Control-Allow-Headers")), "authorization") {
				t.Errorf("the preflight does not allow a token: %v", reply.Header)
			}
		}
	})
}

// After a panic in a handler, the client must not get a success, and LoadAndSave must not
// save the session.
func TestPanic(t *testing.T) {
	everywhere(t, func(t *testing.T, _ string, start func(*testing.T, *application) server) {
		a := newApplication(t)
		c := &client{t: t, url: start(t, a).url}
		c.logIn(a)
		c.want(200, "", post("/cart?item=book"))
		if status, body, err := c.send(post("/panic")); err == nil && status < 500 {
			t.Errorf("%d %s", status, body)
		}
		c.want(200, "book", post("/cart"))
	})
}

// The first part of a reply must arrive before the handler writes the second part.
func TestStreaming(t *testing.T) {
	everywhere(t, func(t *testing.T, _ string, start func(*testing.T, *application) server) {
		a := newApplication(t)
		c := &client{t: t, url: start(t, a).url}
		c.logIn(a)
		reply, err := c.do(post("/stream"))
		if err != nil {
			t.Fatal(err)
		}
		defer reply.Body.Close()
		body := bufio.NewReader(reply.Body)
		if first, err := body.ReadString(' '); first != "one " || err != nil {
			t.Errorf("first part: %q, %v", first, err)
		}
		close(a.release)
		if rest, err := io.ReadAll(body); string(rest) != "two" || err != nil {
			t.Errorf("second part: %q, %v", rest, err)
		}
		c.want(200, "streamed", post("/cart"))
	})
}

// If a server is shut down during a request, the whole reply must still arrive, and the data
// that the handler put into the session must be saved.
func TestShutdown(t *testing.T) {
	everywhere(t, func(t *testing.T, _ string, start func(*testing.T, *application) server) {
		a := newApplication(t)
		s := start(t, a)
		c := &client{t: t, url: s.url}
		c.logIn(a)
		type result struct {
			status int
			body   string
			err    error
		}
		got := make(chan result)
		go func() {
			status, body, err := c.send(post("/stream"))
			got <- result{status, body, err}
		}()
		<-a.arrived
		down := make(chan error)
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			down <- s.shutdown(ctx)
		}()
		for _, _, err := c.send(get("/session")); err == nil; _, _, err = c.send(get("/session")) { // wait until the server accepts no more requests
			time.Sleep(time.Millisecond)
		}
		close(a.release)
		if r := <-got; r.status != 200 || r.body != "one two" || r.err != nil {
			t.Errorf("%d %q, %v", r.status, r.body, r.err)
		}
		if err := <-down; err != nil {
			t.Errorf("shutdown: %v", err)
		}
		r := httptest.NewRequest("POST", "/cart", nil)
		r.Header.Set("Authorization", "Bearer "+c.token)
		w := httptest.NewRecorder()
		a.auth.LoadAndSave(http.HandlerFunc(a.cart)).ServeHTTP(w, r)
		if w.Body.String() != "streamed" {
			t.Errorf("the data after the shutdown: %q", w.Body)
		}
	})
}
