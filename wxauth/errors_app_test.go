package wxauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// TestErrorPassesAsItIs checks that the client gets the Code, Status, Detail and Reason
// of an Error that OnLogin returns or WriteError receives. An empty Detail becomes a
// default text, and an invalid Status becomes 500.
func TestErrorPassesAsItIs(t *testing.T) {
	cause := errors.New("row 7 is locked")
	for name, test := range map[string]struct {
		err    error
		status int
		want   map[string]any // the members of the JSON reply, without title; status is added below
		log    string         // the level of the log line; "" for DEBUG or no line
		logged string         // the text of the error in the log line
	}{
		"a refusal": {
			&wxauth.Error{Code: "need_phone", Status: 403, Detail: "tap the phone button", Reason: "new_user"}, 403,
			map[string]any{"code": "need_phone", "detail": "tap the phone button", "reason": "new_user"}, "", "",
		},
		"wrapped": {
			fmt.Errorf("looking up: %w", &wxauth.Error{Code: "need_phone", Status: 422, Detail: "tap the phone button"}), 422,
			map[string]any{"code": "need_phone", "detail": "tap the phone button"}, "", "",
		},
		"joined": {
			errors.Join(cause, &wxauth.Error{Code: "need_phone", Status: 422, Detail: "tap the phone button"}), 422,
			map[string]any{"code": "need_phone", "detail": "tap the phone button"}, "", "",
		},
		"with a cause": {
			&wxauth.Error{Code: "closed", Status: 503, Detail: "come back at eight", RetryAfter: time.Minute, Err: cause}, 503,
			map[string]any{"code": "closed", "detail": "come back at eight", "retry_after": 60.0}, "ERROR", "row 7 is locked",
		},
		"with a cause that is one of ours": {
			&wxauth.Error{Code: "blocked", Status: 403, Detail: "ask the shop", Err: wxauth.ErrDenied}, 403,
			map[string]any{"code": "blocked", "detail": "ask the shop"}, "", "",
		},
		"without a Detail": {
			&wxauth.Error{Code: "odd", Status: 418}, 418,
			map[string]any{"code": "odd", "detail": "the request was refused"}, "", "",
		},
		"without a Detail, the server's fault": {
			&wxauth.Error{Code: "odd", Status: 507, Err: cause}, 507,
			map[string]any{"code": "odd", "detail": "the server has an error"}, "ERROR", "row 7 is locked",
		},
		"one of our codes": {
			&wxauth.Error{Code: wxauth.CodeLoginDenied, Status: 403, Reason: "banned"}, 403,
			map[string]any{"code": "login_denied", "detail": "this user may not log in", "reason": "banned"}, "WARN", "this user may not log in",
		},
		"a 401": {
			&wxauth.Error{Code: "second_factor", Status: 401, Detail: "scan your face"}, 401,
			map[string]any{"code": "second_factor", "detail": "scan your face"}, "", "",
		},
		"no status": {
			&wxauth.Error{Code: "odd", Detail: "odd", Err: cause}, 500,
			map[string]any{"code": "odd", "detail": "odd"}, "ERROR", "row 7 is locked",
		},
		"a status that is no failure": {
			&wxauth.Error{Code: "odd", Status: 200, Detail: "odd", Err: cause}, 500,
			map[string]any{"code": "odd", "detail": "odd"}, "ERROR", "row 7 is locked",
		},
	} {
		var log lines
		var told []string
		h := newHooked(t, wxauth.Config{Logger: log.logger()})
		h.hook = func(*http.Request, wxauth.Identity) (string, error) { return "", test.err }
		envelope, wechat := newAuth(t, wxauth.Config{
			OnLogin: h.hook,
			ReplyError: func(_ http.ResponseWriter, _ *http.Request, e *wxauth.Error) {
				told = append(told, fmt.Sprint(e.Code, " ", e.Status, " ", e.Detail, " ", e.Reason))
			},
		})
		test.want["status"] = float64(test.status)
		for way, answer := range map[string]func(w http.ResponseWriter){
			"WriteError": func(w http.ResponseWriter) { h.WriteError(w, httptest.NewRequest("GET", "/", nil), test.err) },
			"OnLogin": func(w http.ResponseWriter) {
				h.LoginHandler().ServeHTTP(w, httptest.NewRequest("GET", "/?code="+h.phone.Login(), nil))
			},
		} {
			t.Run(name+", "+way, func(t *testing.T) {
				log.Reset()
				w := httptest.NewRecorder()
				answer(w)
				var got map[string]any
				json.Unmarshal(w.Body.Bytes(), &got)
				delete(got, "title")
				if diff := cmp.Diff(test.want, got); diff != "" || w.Code != test.status {
					t.Errorf("status %d (-want +got):\n%s", w.Code, diff)
				}
				if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (test.status == 401) {
					t.Errorf("challenge %q", challenge)
				}
				line := ""
				if all := log.take(t); len(all) > 0 {
					if line = fmt.Sprint(all[0]["level"]); line == "DEBUG" {
						line = ""
					} else {
						line += fmt.Sprint(" ", all[0]["error"])
					}
				}
				want := test.log
				if want != "" {
					want += " " + test.logged
				}
				if line != want {
					t.Errorf("logged %q, want %q", line, want)
				}
			})
		}
		envelope.WriteError(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), test.err)
		post(background, envelope, wechat.Phone(appID, openID).Login())
		reason, _ := test.want["reason"].(string)
		line := fmt.Sprint(test.want["code"], " ", test.status, " ", test.want["detail"], " ", reason)
		if diff := cmp.Diff([]string{line, line}, told); diff != "" {
			t.Errorf("%s: ReplyError received (-want +got):\n%s", name, diff)
		}
		if e := h.events[len(h.events)-1]; e.Outcome != test.want["code"] {
			t.Errorf("%s: event %+v", name, e)
		}
	}
}

// TestErrorOfAMethodInOnLogin checks that the client gets the status and the code of an
// error of Decrypt if OnLogin returns this error.
func TestErrorOfAMethodInOnLogin(t *testing.T) {
	h := newHooked(t, wxauth.Config{})
	h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
		err := h.Decrypt(r.Context(), encrypt(testKey, pad("{}")), new(any))
		return "", fmt.Errorf("reading the number: %w", err)
	}
	if w := post(background, h.Auth, h.phone.Login()); code(w) != wxauth.CodeSessionKeyStale || w.Code != 409 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestDetailOfTheApplication checks that the client gets the Detail of an application's
// Error, even if the cause in Err has a detail of its own.
func TestDetailOfTheApplication(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{FindApp: func(context.Context, string) (wxauth.App, error) { return wxauth.App{}, errDown }})
	_, cause := auth.API(background, "wx2")
	for want, err := range map[string]error{
		"the shop is closed": &wxauth.Error{Code: "closed", Status: 503, Detail: "the shop is closed", Err: cause},
		"the app cannot be looked up at the moment; wait, then try again": cause,
	} {
		w := httptest.NewRecorder()
		auth.WriteError(w, httptest.NewRequest("GET", "/", nil), err)
		if !strings.Contains(w.Body.String(), `"detail":"`+want+`"`) {
			t.Errorf("got %s, want the detail %q", w.Body, want)
		}
	}
}
