package wxauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// hooked is an Auth whose OnLogin calls the function in the field hook, if it is set.
type hooked struct {
	*wxauth.Auth
	wechat *wxtest.Server
	phone  *wxtest.Phone
	hook   func(r *http.Request, id wxauth.Identity) (string, error)
	events []wxauth.Event
}

func newHooked(t *testing.T, c wxauth.Config) *hooked {
	t.Helper()
	h := new(hooked)
	c.OnLogin = func(r *http.Request, id wxauth.Identity) (string, error) {
		if h.hook == nil {
			return "", nil
		}
		return h.hook(r, id)
	}
	c.OnEvent = func(_ context.Context, e wxauth.Event) { h.events = append(h.events, e) }
	h.Auth, h.wechat = newAuth(t, c)
	h.phone = h.wechat.Phone(appID, openID)
	return h
}

func TestBodyIsReadAgain(t *testing.T) {
	for name, test := range map[string]struct {
		method, contentType, target, body string
	}{
		"JSON":              {"POST", "application/json", "/login", `{"code":"CODE","nickname":"阿丽"}`},
		"a form":            {"POST", "application/x-www-form-urlencoded", "/login", "code=CODE&nickname=Ali"},
		"code in the query": {"POST", "text/plain", "/login?js_code=CODE", "anything"},
		"GET":               {"GET", "", "/login?code=CODE", ""},
	} {
		t.Run(name, func(t *testing.T) {
			read := make(map[string]string)
			keep := func(where string, r *http.Request) {
				b, err := io.ReadAll(r.Body)
				read[where] = string(b)
				if err != nil {
					t.Errorf("%s: %v", where, err)
				}
			}
			h := newHooked(t, wxauth.Config{
				Code: func(r *http.Request) (string, string) {
					keep("Code", r)
					return r.URL.Query().Get("js_code"), ""
				},
				ReplyLogin: func(w http.ResponseWriter, r *http.Request, l wxauth.Login) { keep("ReplyLogin", r) },
			})
			h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
				keep("OnLogin", r)
				return "", nil
			}
			code := h.phone.Login()
			body := strings.ReplaceAll(test.body, "CODE", code)
			r, _ := http.NewRequest(test.method, strings.ReplaceAll(test.target, "CODE", code), strings.NewReader(body))
			r.Header.Set("Content-Type", test.contentType)
			w := newRecorder()
			h.LoginHandler().ServeHTTP(w, r)
			want := map[string]string{"Code": body, "OnLogin": body, "ReplyLogin": body}
			if diff := cmp.Diff(want, read); diff != "" || w.Code != 200 {
				t.Errorf("%d %s (-want +got):\n%s", w.Code, w.Body, diff)
			}
		})
	}
}

// TestOnLoginIdentity checks that the stored login has the identity that OnLogin got, plus
// the UserID that OnLogin returned.
func TestOnLoginIdentity(t *testing.T) {
	h := newHooked(t, wxauth.Config{})
	h.wechat.SetUnionID(appID, openID, "union")
	var given, found wxauth.Identity
	h.hook = func(r *http.Request, id wxauth.Identity) (string, error) {
		given = id
		found, _ = wxauth.FromContext(r.Context())
		return "user 7", nil
	}
	id, err := h.Authenticate(background, login(t, h.Auth, h.phone))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(given, found); diff != "" {
		t.Errorf("FromContext differs from the argument (-argument +context):\n%s", diff)
	}
	given.UserID = "user 7"
	if diff := cmp.Diff(given, id); diff != "" || len(id.LoginID) != 22 || id.UnionID != "union" {
		t.Errorf("the login is another than OnLogin was told (-told +login):\n%s", diff)
	}
	if e := h.events[len(h.events)-1]; e.Name != wxauth.EventLogin || e.LoginID != id.LoginID {
		t.Errorf("event %+v", e)
	}
}

// TestOnLoginUserData checks, for example, that Decrypt in OnLogin accepts data encrypted
// under the session_key of the new login or of the user's previous login. Decrypt must
// refuse data encrypted under a session_key that the server never got.
func TestOnLoginUserData(t *testing.T) {
	for name, earlier := range map[string]bool{"first login": false, "later login": true} {
		t.Run(name, func(t *testing.T) {
			h := newHooked(t, wxauth.Config{SealKeys: sealKeys})
			if earlier {
				login(t, h.Auth, h.phone)
			} else {
				h.phone.Login() // makes a session_key that the server never gets
			}
			steps := wxapi.WeRunData{StepInfoList: []wxapi.StepInfo{{Step: 7}}}
			var before, after wxauth.Encrypted
			before.EncryptedData, before.IV = h.phone.Encrypt(steps)
			code := h.phone.Login()
			after.EncryptedData, after.IV = h.phone.Encrypt(steps)
			signature := h.phone.Sign("raw")
			number := h.phone.PhoneCode("86", "13580006666")
			h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
				ctx := r.Context()
				var got wxapi.WeRunData
				if err := h.Decrypt(ctx, after, &got); err != nil || len(got.StepInfoList) != 1 {
					t.Errorf("Decrypt: %v, %v", got, err)
				}
				if err := h.Decrypt(ctx, before, &got); (err == nil) != earlier || !earlier && !errors.Is(err, wxauth.ErrSessionKeyStale) {
					t.Errorf("Decrypt of data from before: %v", err)
				}
				if err := h.VerifyRawData(ctx, "raw", signature); err != nil {
					t.Errorf("VerifyRawData: %v", err)
				}
				if err := h.VerifyRawData(ctx, "other", signature); !errors.Is(err, wxauth.ErrSessionKeyStale) {
					t.Errorf("VerifyRawData of other data: %v", err)
				}
				if signed, err := h.Sign(ctx, []byte("m")); err != nil || signed != h.phone.SessionKey().Sign([]byte("m")) {
					t.Errorf("Sign: %s, %v", signed, err)
				}
				if got, err := h.PhoneNumber(ctx, number); err != nil || got.PurePhoneNumber != "13580006666" {
					t.Errorf("PhoneNumber: %v, %v", got, err)
				}
				if err := h.CheckSessionKey(ctx); err != nil {
					t.Errorf("CheckSessionKey: %v", err)
				}
				return "", nil
			}
			if w := post(background, h.Auth, code); w.Code != 200 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			for _, e := range h.events[:len(h.events)-1] {
				if e.Name == wxauth.EventDecrypt && e.LoginID != h.events[len(h.events)-1].LoginID {
					t.Errorf("event %+v has not the login's LoginID", e)
				}
			}
		})
	}
}

// TestOnLoginRefuses checks that an error from OnLogin leaves the store unchanged.
func TestOnLoginRefuses(t *testing.T) {
	for name, refuse := range map[string]error{
		"ErrDenied": wxauth.ErrDenied,
		"an Error":  &wxauth.Error{Code: "banned", Status: 403},
		"any error": errors.New("no database"),
	} {
		t.Run(name, func(t *testing.T) {
			store := newTestStore()
			h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
			tablet := h.wechat.Phone(appID, openID)
			ctx := contextOf(t, h.Auth, login(t, h.Auth, tablet))
			h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) { return "user 7", refuse }
			before := everything(t, store.memory)
			store.set(nil)
			if w := post(background, h.Auth, h.phone.Login()); w.Code < 400 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			if ops := store.list(); ops != "find" {
				t.Errorf("operations %q, want one read", ops)
			}
			if diff := cmp.Diff(before, everything(t, store.memory)); diff != "" {
				t.Errorf("the store has changed (-before +after):\n%s", diff)
			}
			data, iv := h.phone.Encrypt(map[string]any{})
			if err := h.Decrypt(ctx, wxauth.Encrypted{EncryptedData: data, IV: iv}, new(any)); !errors.Is(err, wxauth.ErrSessionKeyStale) {
				t.Errorf("data under the session_key of the refused login: %v", err)
			}
			if e := h.events[len(h.events)-2]; e.Name != wxauth.EventLogin || e.LoginID != "" {
				t.Errorf("event %+v", e)
			}
		})
	}
}

// TestOnLoginContext checks that OnLogin gets the request of the first caller if two callers
// send the same code at the same time. In OnLogin, the context of this request must not end
// when the first caller disconnects.
func TestOnLoginContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t, wxauth.Config{})
		h.wechat.SetLatency(2 * time.Second)
		start := time.Now()
		h.hook = func(r *http.Request, _ wxauth.Identity) (string, error) {
			time.Sleep(time.Second)
			deadline, ok := r.Context().Deadline()
			if err := r.Context().Err(); err != nil || !ok || deadline.Sub(start) != 12*time.Second {
				t.Errorf("error %v, deadline after %v", err, deadline.Sub(start))
			}
			if r.Context().Value(callerKey{}) != "first" || r.Header.Get("Caller") != "first" {
				t.Error("the request is not the first caller's")
			}
			return "", nil
		}
		code := h.phone.Login()
		call := func(ctx context.Context, name string) int {
			r, _ := http.NewRequestWithContext(context.WithValue(ctx, callerKey{}, name), "GET", "/?code="+code, nil)
			r.Header.Set("Caller", name)
			w := newRecorder()
			h.LoginHandler().ServeHTTP(w, r)
			return w.Code
		}
		gone, cancel := context.WithTimeout(background, 2500*time.Millisecond)
		defer cancel()
		go call(gone, "first")
		synctest.Wait()
		if status := call(background, "second"); status != 200 || time.Since(start) != 3*time.Second {
			t.Errorf("the second caller: %d after %v", status, time.Since(start))
		}
	})
}

type callerKey struct{}
