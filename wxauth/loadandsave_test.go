package wxauth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// TestFailedSaveBreaksTheReply checks over HTTP/1.1 and HTTP/2 that the client gets no
// complete reply if the save after the handler fails.
func TestFailedSaveBreaksTheReply(t *testing.T) {
	for protocol, http2 := range protocols {
		for name, write := range map[string]func(w http.ResponseWriter){
			"nothing":      func(http.ResponseWriter) {},
			"little":       func(w http.ResponseWriter) { io.WriteString(w, "saved") },
			"much":         func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("saved ", 1<<16)) },
			"flushed":      func(w http.ResponseWriter) { io.WriteString(w, "saved"); w.(http.Flusher).Flush() },
			"with length":  func(w http.ResponseWriter) { w.Header().Set("Content-Length", "5"); io.WriteString(w, "saved") },
			"only headers": func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) },
		} {
			t.Run(name+" over "+protocol, func(t *testing.T) {
				b := newBeside(t)
				token := login(t, b.auth, b.wechat.Phone(appID, openID))
				b.events = nil
				handled := 0
				url, client := serveTLS(t, http2, b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					handled++
					b.sessions.Put(r.Context(), "cart", "apples")
					write(w)
				})))
				b.store.set(func(_ context.Context, _ int, op, _ string) (bool, error) {
					if op == "swap" {
						return false, errDown
					}
					return false, nil
				})
				resp, err := client.Do(bearer(t, t.Context(), "POST", url, token))
				var body []byte
				if err == nil {
					body, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				if err == nil || handled != 1 {
					t.Errorf("got %d %.20q and no error; handled %d times", resp.StatusCode, body, handled)
				}
				want := []wxauth.Event{{Name: "save", AppID: appID, Outcome: "store_unavailable"}}
				if diff := cmp.Diff(want, b.events, whatever); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestSaveAfterTheClientWentAway(t *testing.T) {
	for protocol, http2 := range protocols {
		t.Run(protocol, func(t *testing.T) {
			b := newBeside(t)
			token := login(t, b.auth, b.wechat.Phone(appID, openID))
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			save := b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				cancel()
				<-r.Context().Done()
				b.sessions.Put(r.Context(), "cart", "apples")
			}))
			url, client := serveTLS(t, http2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() { done <- r.Context().Err() }()
				save.ServeHTTP(w, r)
			}))
			b.store.set(func(ctx context.Context, _ int, _, _ string) (bool, error) { return false, ctx.Err() })
			resp, err := client.Do(bearer(t, ctx, "POST", url, token))
			if err == nil { // the reply can arrive although ctx was canceled
				resp.Body.Close()
			} else if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("the request's context: %v", err)
			}
			if b.values(t, token)["cart"] != "apples" {
				t.Error("not saved")
			}
		})
	}
}

// TestLoginEndedMeanwhile ends a login while a handler runs under LoadAndSave.
// LoadAndSave must drop the handler's data and must not restore the login. The client
// must still get the handler's reply.
func TestLoginEndedMeanwhile(t *testing.T) {
	for name, end := range map[string]func(b *beside, token string) error{
		"logout": func(b *beside, token string) error {
			if w := serve(b.auth.LogoutHandler(), "POST", "/", token, ""); w.Code != 204 {
				return fmt.Errorf("got %d", w.Code)
			}
			return nil
		},
		"Revoke": func(b *beside, _ string) error { _, err := b.auth.Revoke(background, alice, ""); return err },
		"another login": func(b *beside, token string) error {
			w := serve(b.auth.LoginHandler(), "POST", "/", token, `{"code":"`+b.wechat.Phone(appID, openID).Login()+`"}`)
			if w.Code != 200 {
				return fmt.Errorf("got %d", w.Code)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBeside(t)
			token := login(t, b.auth, b.wechat.Phone(appID, openID))
			h := b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b.sessions.Put(r.Context(), "cart", "apples")
				if err := end(b, token); err != nil {
					t.Error(err)
				}
				b.events = nil
				io.WriteString(w, "done")
			}))
			if w := serve(h, "POST", "/", token, ""); w.Code != 200 || w.Body.String() != "done" {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			want := []wxauth.Event{{Name: "save", AppID: appID, Outcome: "not_logged_in"}}
			if diff := cmp.Diff(want, b.events, whatever); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if w := serve(b.auth.Require(me), "GET", "/", token, ""); w.Code != 401 {
				t.Errorf("afterwards the token gets %d %s", w.Code, w.Body)
			}
			if _, found, _ := b.store.memory.Find(storeKey(token)); found {
				t.Error("the session is back in the store")
			}
		})
	}
}

func TestCommitInTheHandler(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	h := b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.sessions.Put(r.Context(), "cart", "apples")
		if _, _, err := b.sessions.Commit(r.Context()); err != nil {
			t.Error(err)
		}
		if b.values(t, token)["cart"] != "apples" {
			t.Error("not there after Commit")
		}
	}))
	if w := serve(h, "POST", "/", token, ""); w.Code != 200 {
		t.Errorf("got %d", w.Code)
	}
	if w := serve(b.auth.Require(me), "GET", "/", token, ""); w.Body.String() != openID {
		t.Errorf("afterwards: %d", w.Code)
	}
}

// TestCommitAfterTheEnd checks that the session manager's Commit under LoadAndSave does
// not restore a session that Logout or Renew has deleted.
func TestCommitAfterTheEnd(t *testing.T) {
	for name, end := range map[string]func(b *beside, r *http.Request) error{
		"logout": func(b *beside, r *http.Request) error { return b.auth.Logout(r) },
		"Renew": func(b *beside, r *http.Request) error {
			id, _ := wxauth.FromContext(r.Context())
			_, err := b.auth.Renew(r.Context(), id)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBeside(t)
			token := login(t, b.auth, b.wechat.Phone(appID, openID))
			serve(b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b.sessions.Put(r.Context(), "cart", "apples")
				if err := end(b, r); err != nil {
					t.Error(err)
				}
				if _, _, err := b.sessions.Commit(r.Context()); !errors.Is(err, stores.ErrNotFound) {
					t.Errorf("Commit: got %v, want ErrNotFound", err)
				}
			})), "POST", "/", token, "")
			if _, found, _ := b.store.memory.Find(storeKey(token)); found {
				t.Error("the session is back in the store")
			}
		})
	}
}

// TestHandlerPanics checks that LoadAndSave saves nothing if the handler panics, and does
// not change the panic's value.
func TestHandlerPanics(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	b.store.set(nil)
	defer func() {
		if v := recover(); v != "boom" || b.store.list() != "find" {
			t.Errorf("recovered %v, operations %q", v, b.store.list())
		}
	}()
	serve(b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.sessions.Put(r.Context(), "cart", "apples")
		panic("boom")
	})), "POST", "/", token, "")
}

// TestSaveHangs checks that a save that hangs is canceled after five seconds. LoadAndSave
// must then panic with http.ErrAbortHandler.
func TestSaveHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newTestStore()
		sessions := sessionsIn(store)
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
		token := login(t, auth, wechat.Phone(appID, openID))
		store.set(func(ctx context.Context, n int, op, key string) (bool, error) {
			if op == "swap" {
				return hang(ctx, n, op, key)
			}
			return false, nil
		})
		start := time.Now()
		defer func() {
			if got := recover(); got != http.ErrAbortHandler {
				t.Errorf("panic with %v, want ErrAbortHandler", got)
			}
			if took := time.Since(start); took != 5*time.Second {
				t.Errorf("took %v, want 5 s", took)
			}
		}()
		serve(auth.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			sessions.Put(r.Context(), "cart", 7)
		})), "GET", "/", token, "")
	})
}

// TestNoIdentityWhileLoading checks that LoadAndSave puts no identity into the context
// before it has read the session from the store.
func TestNoIdentityWhileLoading(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	b.store.set(func(ctx context.Context, _ int, _, _ string) (bool, error) {
		if id, ok := wxauth.FromContext(ctx); ok {
			t.Errorf("the store finds the identity %v in its context", id)
		}
		return false, nil
	})
	if w := serve(b.auth.LoadAndSave(me), "GET", "/", token, ""); w.Body.String() != openID {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// In LoadAndSave inside another LoadAndSave, the identity must come from the token, even
// if a middleware between the two puts another identity into the context.
func TestNestedLoadAndSave(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{})
	token := login(t, auth, wechat.Phone(appID, openID))
	inner := auth.LoadAndSave(me)
	handler := auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(w, r.WithContext(wxauth.NewContext(r.Context(), wxauth.Identity{AppID: appID, OpenID: "mallory"})))
	}))
	if w := serve(handler, "GET", "/", token, ""); w.Body.String() != openID {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, openID)
	}
}

func TestLoadAndSaveAsksOnce(t *testing.T) {
	f := newFixture(t, "swapping")
	f.store.set(down)
	f.use(background, "LoadAndSave")
	if ops := f.store.list(); ops != "find" {
		t.Errorf("operations %q, want one find", ops)
	}
}
