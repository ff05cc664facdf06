package wxauth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// TestLoginAs checks that LoginAs makes a login and calls neither WeChat nor OnLogin.
func TestLoginAs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t, wxauth.Config{API: noTransport(t)})
		h.hook = func(*http.Request, wxauth.Identity) (string, error) {
			t.Error("OnLogin is called")
			return "", nil
		}
		now := time.Now().UTC()
		id := wxauth.Identity{AppID: appID, OpenID: openID, UnionID: "union", UserID: "user 7",
			LoginID: "ignored", Since: now.Add(-day), Until: now.Add(100 * day)}
		got, err := h.LoginAs(background, id)
		if err != nil {
			t.Fatal(err)
		}
		want := id
		want.LoginID, want.Since, want.Until = got.LoginID, now, now.Add(7*day)
		if diff := cmp.Diff(want, got.Identity); diff != "" || len(got.LoginID) != 22 || len(got.Token) != 43 {
			t.Errorf("(-want +got):\n%s", diff)
		}
		found, err := h.Authenticate(background, got.Token)
		if diff := cmp.Diff(want, found); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if e := h.events[0]; len(h.events) != 1 || e.Name != wxauth.EventLogin || e.LoginID != got.LoginID || e.AppID != appID || e.Outcome != "ok" {
			t.Errorf("events %+v", h.events)
		}
		w := newRecorder()
		h.WriteLogin(w, requestWith(""), got)
		if tokenOf(t, w) != got.Token || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("WriteLogin: %s", w.Body)
		}
	})
}

// TestLoginAsUntil checks that Identity.Until can shorten a login by LoginAs, but cannot
// extend it. If Until is set but not in the future, LoginAs must fail.
func TestLoginAsUntil(t *testing.T) {
	for name, test := range map[string]struct {
		until, want time.Duration
		code        string
	}{
		"earlier": {time.Hour, time.Hour, ""},
		"later":   {8 * day, 7 * day, ""},
		"now":     {0, 0, "internal"},
		"passed":  {-day, 0, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				auth, _ := newAuth(t, wxauth.Config{Sessions: sessionsIn(store)})
				id := alice
				id.Until = time.Now().Add(test.until)
				got, err := auth.LoginAs(background, id)
				if errorCode(err) != test.code || err == nil && time.Until(got.Until) != test.want {
					t.Fatalf("ends in %v, %v", time.Until(got.Until), err)
				}
				if err != nil {
					if n := len(everything(t, store.memory)); n > 0 {
						t.Errorf("%d values in the store", n)
					}
					return
				}
				time.Sleep(test.want - time.Second)
				if status := reasonOf(auth, got.Token); status != "200" {
					t.Errorf("a second before its end: %s", status)
				}
				time.Sleep(time.Second)
				if status := reasonOf(auth, got.Token); status != "401" {
					t.Errorf("at its end: %s", status)
				}
			})
		})
	}
}

func TestLoginAsRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		id   wxauth.Identity
		want string
	}{
		"nothing":            {wxauth.Identity{}, "misconfigured"},
		"no OpenID":          {wxauth.Identity{AppID: appID}, "internal"},
		"an app not served":  {wxauth.Identity{AppID: "wx2", OpenID: openID}, "misconfigured"},
		"a break":            {wxauth.Identity{AppID: appID, OpenID: "a\nb"}, "internal"},
		"a long UserID":      {wxauth.Identity{AppID: appID, OpenID: openID, UserID: strings.Repeat("u", 257)}, "internal"},
		"a UnionID with DEL": {wxauth.Identity{AppID: appID, OpenID: openID, UnionID: "\x7f"}, "internal"},
	} {
		store := newTestStore()
		h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store)})
		got, err := h.LoginAs(background, test.id)
		if errorCode(err) != test.want || got != (wxauth.Login{}) || store.list() != "" {
			t.Errorf("%s: %v, %v, operations %q", name, got, err, store.list())
		}
		if e := h.events[0]; e.Name != wxauth.EventLogin || e.Outcome != test.want {
			t.Errorf("%s: event %+v", name, e)
		}
	}
}

// TestLoginAsAndSessionKeys checks that a login by LoginAs can use the user's stored
// session keys. LoginAs must neither add nor remove a session_key.
func TestLoginAsAndSessionKeys(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{SealKeys: sealKeys})
	got, err := auth.LoginAs(background, alice)
	if err != nil {
		t.Fatal(err)
	}
	ctx := contextOf(t, auth, got.Token)
	if _, err := auth.Sign(ctx, nil); !errors.Is(err, wxauth.ErrSessionKeyStale) {
		t.Errorf("Sign before any wx.login: %v", err)
	}
	phone := wechat.Phone(appID, openID)
	token := login(t, auth, phone)
	for range 2 {
		if _, err := auth.LoginAs(background, alice); err != nil {
			t.Fatal(err)
		}
	}
	data, iv := phone.Encrypt(map[string]any{})
	for name, token := range map[string]string{"by LoginAs": got.Token, "by the code": token} {
		if err := auth.Decrypt(contextOf(t, auth, token), wxauth.Encrypted{EncryptedData: data, IV: iv}, new(any)); err != nil {
			t.Errorf("%s: Decrypt: %v", name, err)
		}
	}
}

// TestLoginAsIsALogin checks that MaxLogins counts logins by LoginAs, and that Revoke
// ends these logins.
func TestLoginAsIsALogin(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{MaxLogins: 2})
	first := login(t, auth, wechat.Phone(appID, openID))
	var tokens []string
	for range 2 {
		got, err := auth.LoginAs(background, alice)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, got.Token)
	}
	if got := reasonOf(auth, first); got != "401 replaced" {
		t.Errorf("the login that was pushed out: %s", got)
	}
	if n, err := auth.Revoke(background, alice, "gone"); n != 2 || err != nil {
		t.Errorf("Revoke: %d, %v", n, err)
	}
	for _, token := range tokens {
		if got := reasonOf(auth, token); got != "401 gone" {
			t.Errorf("after Revoke: %s", got)
		}
	}
}
