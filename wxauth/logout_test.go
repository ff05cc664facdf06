package wxauth_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/wxauth"
)

// TestLogout checks that Logout accepts any HTTP method and ends the login of the
// request's token. Logout must write nothing, because the handler writes its own answer.
func TestLogout(t *testing.T) {
	for _, method := range []string{"GET", "POST", "DELETE", "PUT"} {
		b := newBeside(t)
		token := login(t, b.auth, b.wechat.Phone(appID, openID))
		id, _ := b.auth.Authenticate(background, token)
		b.events = nil
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := b.auth.Logout(r); err != nil {
				t.Error(err)
			}
			io.WriteString(w, `{"code":0}`)
		})
		for range 2 { // the second logout has no login to end
			if w := serve(h, method, "/logout", token, ""); w.Code != 200 || w.Body.String() != `{"code":0}` || len(w.Header()["Cache-Control"]) > 0 {
				t.Errorf("%s: %d %s, %v", method, w.Code, w.Body, w.Header())
			}
		}
		want := []wxauth.Event{{Name: wxauth.EventLogout, AppID: appID, LoginID: id.LoginID, Outcome: "ok"}}
		if diff := cmp.Diff(want, b.events, cmpopts.IgnoreFields(wxauth.Event{}, "Duration")); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", method, diff)
		}
		if got := reasonOf(b.auth, token); got != "401" {
			t.Errorf("%s: the token afterwards: %s", method, got)
		}
		if n := len(everything(t, b.store.memory)); n > 0 {
			t.Errorf("%s: %d values in the store", method, n)
		}
	}
}

// TestLogoutOfNobody checks that Logout returns nil and emits no event if the request
// does not carry the token of a login. If the store cannot look up a token, the error must
// have the code store_unavailable.
func TestLogoutOfNobody(t *testing.T) {
	b := newBeside(t)
	for name, token := range map[string]string{"none": "", "malformed": "x", "a cookie's": b.cookie(t)} {
		if err := b.auth.Logout(requestWith(token)); err != nil || len(b.events) > 0 {
			t.Errorf("%s: %v, events %v", name, err, b.events)
		}
	}
	b.store.set(down)
	if err := b.auth.Logout(requestWith(strings.Repeat("x", 43))); errorCode(err) != wxauth.CodeStoreUnavailable {
		t.Errorf("with a store that is down: %v", err)
	}
}

// TestLogoutUnderLoadAndSave calls Logout in a handler under LoadAndSave. Session data
// that the handler puts before or after Logout must be dropped.
func TestLogoutUnderLoadAndSave(t *testing.T) {
	for view := range views {
		b := newBeside(t)
		b.sessions.Store = views[view](b.store)
		token := login(t, b.auth, b.wechat.Phone(appID, openID))
		w := serve(b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b.sessions.Put(r.Context(), "before", "x")
			if err := b.auth.Logout(r); err != nil {
				t.Error(err)
			}
			b.sessions.Put(r.Context(), "after", "x")
			io.WriteString(w, "bye")
		})), "GET", "/logout", token, "")
		if w.Code != 200 || w.Body.String() != "bye" {
			t.Errorf("%s: %d %s", view, w.Code, w.Body)
		}
		if n := len(everything(t, b.store.memory)); n > 0 {
			t.Errorf("%s: %d values in the store", view, n)
		}
		if got := reasonOf(b.auth, token); got != "401" {
			t.Errorf("%s: the token afterwards: %s", view, got)
		}
	}
}

func TestLogoutAfterTheClientWent(t *testing.T) {
	for view := range views {
		b := newBeside(t)
		b.sessions.Store = views[view](b.store)
		token := login(t, b.auth, b.wechat.Phone(appID, openID))
		ctx, cancel := context.WithCancel(background)
		cancel()
		b.store.set(func(ctx context.Context, _ int, _, _ string) (bool, error) { return false, ctx.Err() })
		if err := b.auth.Logout(requestWith(token).WithContext(ctx)); err != nil {
			t.Errorf("%s: %v", view, err)
		}
		b.store.set(nil)
		if got := reasonOf(b.auth, token); got != "401" {
			t.Errorf("%s: the token afterwards: %s", view, got)
		}
	}
}
