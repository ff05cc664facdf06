package wxauth_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// TestClientGoneIsNoOutage disconnects the client while the store hangs. The log must
// have no line at level INFO or above.
func TestClientGoneIsNoOutage(t *testing.T) {
	for name, use := range map[string]func(*wxauth.Auth) http.Handler{
		"Require":     func(a *wxauth.Auth) http.Handler { return a.Require(me) },
		"Identify":    func(a *wxauth.Auth) http.Handler { return a.Identify(me) },
		"LoadAndSave": func(a *wxauth.Auth) http.Handler { return a.LoadAndSave(me) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				var log bytes.Buffer
				var events []wxauth.Event
				auth, wechat := newAuth(t, wxauth.Config{
					Sessions: sessionsIn(store),
					Logger:   slog.New(slog.NewTextHandler(&log, nil)),
					OnEvent:  func(_ context.Context, e wxauth.Event) { events = append(events, e) },
				})
				token := login(t, auth, wechat.Phone(appID, openID))
				store.set(hang)
				events = nil
				ctx, cancel := context.WithCancel(background)
				time.AfterFunc(3*time.Second, cancel)
				r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
				r.Header.Set("Authorization", "Bearer "+token)
				use(auth).ServeHTTP(httptest.NewRecorder(), r)
				want := []wxauth.Event{{Name: "request", Outcome: "canceled", Duration: 3 * time.Second}}
				if diff := cmp.Diff(want, events); diff != "" || log.Len() > 0 {
					t.Errorf("log %q, events (-want +got):\n%s", &log, diff)
				}
			})
		})
	}
}

// TestCanceledStoreIsAnOutage checks that the client gets store_unavailable if the store
// returns context.Canceled or context.DeadlineExceeded, although the context of the request
// has not ended.
func TestCanceledStoreIsAnOutage(t *testing.T) {
	for name, err := range map[string]error{"canceled": context.Canceled, "deadline": context.DeadlineExceeded} {
		b := newBeside(t)
		token := login(t, b.auth, b.wechat.Phone(appID, openID))
		b.events = nil
		b.store.set(func(context.Context, int, string, string) (bool, error) { return false, err })
		if w := serve(b.auth.Require(me), "GET", "/", token, ""); code(w) != wxauth.CodeStoreUnavailable {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
		if diff := cmp.Diff([]wxauth.Event{{Name: wxauth.EventRequest, Outcome: wxauth.CodeStoreUnavailable}}, b.events, whatever); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", name, diff)
		}
	}
}
