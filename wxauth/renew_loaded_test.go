package wxauth_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
)

// TestRenewUnderLoadAndSave checks that Renew moves the changes of a handler under
// LoadAndSave to the new token. A deadline that the handler sets before Renew is lost,
// because Renew sets a new end.
func TestRenewUnderLoadAndSave(t *testing.T) {
	type handler = func(t *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity)
	put := func(b *beside, ctx context.Context, key string) { b.sessions.Put(ctx, key, key) }
	for name, test := range map[string]struct {
		handle handler
		want   map[string]any // nil if the login has ended
		lives  time.Duration  // time from Renew to the end of the login; 0 means a week
	}{
		"nothing else": {func(_ *testing.T, _ *beside, _ context.Context, renew func() wxauth.Identity) { renew() },
			map[string]any{"cart": "apples"}, 0},
		"Put before and after": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			put(b, ctx, "before")
			renew()
			put(b, ctx, "after")
		}, map[string]any{"cart": "apples", "before": "before", "after": "after"}, 0},
		"Save before and after": {func(t *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			put(b, ctx, "before")
			if err := b.auth.Save(ctx); err != nil {
				t.Errorf("Save before: %v", err)
			}
			renew()
			put(b, ctx, "after")
			if err := b.auth.Save(ctx); err != nil {
				t.Errorf("Save after: %v", err)
			}
			put(b, ctx, "last")
		}, map[string]any{"cart": "apples", "before": "before", "after": "after", "last": "last"}, 0},
		"Remove": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			b.sessions.Remove(ctx, "cart")
			renew()
		}, map[string]any{}, 0},
		"twice": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			renew()
			put(b, ctx, "between")
			renew()
			put(b, ctx, "after")
		}, map[string]any{"cart": "apples", "between": "between", "after": "after"}, 0},
		"FromContext": {func(t *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			want := renew()
			got, _ := wxauth.FromContext(ctx)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("FromContext afterwards (-want +got):\n%s", diff)
			}
		}, map[string]any{"cart": "apples"}, 0},
		"SetDeadline after": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			renew()
			b.sessions.SetDeadline(ctx, time.Now().Add(time.Hour))
		}, map[string]any{"cart": "apples"}, time.Hour},
		"SetDeadline before": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			b.sessions.SetDeadline(ctx, time.Now().Add(time.Hour))
			renew()
		}, map[string]any{"cart": "apples"}, 0},
		"SetDeadline before, saved": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			b.sessions.SetDeadline(ctx, time.Now().Add(time.Hour))
			b.auth.Save(ctx)
			renew()
			put(b, ctx, "after")
		}, map[string]any{"cart": "apples", "after": "after"}, 0},
		"Clear after": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			renew()
			b.sessions.Clear(ctx)
		}, nil, 0},
		"Destroy after": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			renew()
			b.sessions.Destroy(ctx)
		}, nil, 0},
		"the manager's RenewToken after": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			renew()
			b.sessions.RenewToken(ctx)
		}, nil, 0},
		"EndLogin after": {func(_ *testing.T, b *beside, ctx context.Context, renew func() wxauth.Identity) {
			b.auth.EndLogin(ctx, renew(), "")
			put(b, ctx, "after")
		}, nil, 0},
	} {
		for view := range views {
			t.Run(name+", "+view, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBeside(t)
					b.sessions.Store = views[view](b.store)
					token := login(t, b.auth, b.wechat.Phone(appID, openID))
					serve(b.auth.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						b.sessions.Put(r.Context(), "cart", "apples")
					})), "POST", "/", token, "")
					time.Sleep(day) // on synctest's fake clock
					var tokens []string
					serve(b.auth.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						test.handle(t, b, r.Context(), func() wxauth.Identity {
							id, _ := wxauth.FromContext(r.Context())
							id.UserID += "7"
							got, err := b.auth.Renew(r.Context(), id)
							if err != nil {
								t.Fatal(err)
							}
							tokens = append(tokens, got.Token)
							return got.Identity
						})
					})), "POST", "/", token, "")
					last := tokens[len(tokens)-1]
					if test.want == nil {
						if n := b.store.logins(t); n > 0 || reasonOf(b.auth, last) != "401" {
							t.Errorf("%d sessions are left; the token gets %s", n, reasonOf(b.auth, last))
						}
						return
					}
					if diff := cmp.Diff(test.want, b.values(t, last)); diff != "" {
						t.Errorf("the session (-want +got):\n%s", diff)
					}
					lives := test.lives
					if lives == 0 {
						lives = 7 * day
					}
					time.Sleep(lives - time.Second)
					if got := reasonOf(b.auth, last); got != "200" {
						t.Errorf("a second before its end: %s", got)
					}
					time.Sleep(time.Second)
					if got := reasonOf(b.auth, last); got != "401" {
						t.Errorf("at its end: %s", got)
					}
				})
			})
		}
	}
}

// TestSaveAfterRenewByAnother checks a request under LoadAndSave during which another
// request renews the login. Save must fail, and LoadAndSave must abort the reply, because
// the data is not saved.
func TestSaveAfterRenewByAnother(t *testing.T) {
	for view := range views {
		t.Run(view, func(t *testing.T) {
			b := newBeside(t)
			b.sessions.Store = views[view](b.store)
			token := login(t, b.auth, b.wechat.Phone(appID, openID))
			aborted := true
			var renewed wxauth.Login
			func() {
				defer func() { aborted = recover() == http.ErrAbortHandler }()
				serve(b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					b.sessions.Put(r.Context(), "cart", "apples")
					renewed, _ = renew(t, b.auth, b.auth.Require, token, "")
					if err := b.auth.Save(r.Context()); err == nil || errorCode(err) == wxauth.CodeNotLoggedIn {
						t.Errorf("Save: %v", err)
					}
				})), "POST", "/", token, "")
			}()
			if !aborted {
				t.Error("the reply was a success")
			}
			if status := reasonOf(b.auth, renewed.Token); status != "200" || len(b.values(t, renewed.Token)) > 0 {
				t.Errorf("the renewed login: %s, %v", status, b.values(t, renewed.Token))
			}
			if e := b.events[len(b.events)-1]; e.Name == wxauth.EventSave && e.Outcome == wxauth.CodeNotLoggedIn {
				t.Errorf("event %+v", e)
			}
		})
	}
}
