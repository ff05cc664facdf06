package rueidisstore_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores/storetest/redistest"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var app = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

type instance struct {
	*wxauth.Auth
	sessions *scs.SessionManager
}

func newInstance(t *testing.T, url string, wechat *wxtest.Server) instance {
	t.Helper()
	sessions := wxauth.NewSessions()
	sessions.Store = open(t, url, cached)
	auth, err := wxauth.New(wxauth.Config{
		Apps:     []wxauth.App{app},
		Sessions: sessions,
		API:      wxapi.Options{Transport: wechat.Transport()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return instance{auth, sessions}
}

func serve(t *testing.T, h http.Handler, target, token string, want int) *httptest.ResponseRecorder {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", target, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	h.ServeHTTP(w, r)
	if w.Code != want {
		t.Fatalf("%d %s, want %d", w.Code, w.Body, want)
	}
	return w
}

func (i instance) login(t *testing.T, phone *wxtest.Phone) (token string) {
	t.Helper()
	var reply struct{ Token string }
	w := serve(t, i.LoginHandler(), "/?code="+phone.Login(), "", http.StatusOK)
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		t.Fatal(err)
	}
	return reply.Token
}

// TestInstances checks changes that must take effect immediately on another instance,
// although both instances have caches. This works because package wxauth reads from the
// cache only in Require, Identify and Authenticate.
func TestInstances(t *testing.T) {
	server := redistest.Start(t)
	wechat := wxtest.NewServer(app)
	here, there := newInstance(t, "redis://"+server.Addr, wechat), newInstance(t, "redis://"+server.Addr, wechat)
	// newUser calls Logins before the first login of the user. If Logins and Revoke used the
	// cache, Revoke could miss this login.
	newUser := func(i int) (wxauth.Identity, *wxtest.Phone) {
		id := wxauth.Identity{AppID: app.ID, OpenID: t.Name() + strconv.Itoa(i)}
		if logins, err := there.Logins(context.Background(), id); len(logins) > 0 || err != nil {
			t.Fatal(logins, err)
		}
		return id, wechat.Phone(id.AppID, id.OpenID)
	}

	t.Run("login here, Revoke there", func(t *testing.T) {
		for i := range *rounds {
			id, phone := newUser(i)
			token := here.login(t, phone)
			if n, err := there.Revoke(context.Background(), id, ""); n != 1 || err != nil {
				t.Fatalf("round %d: Revoke: %d, %v", i, n, err)
			}
			serve(t, here.SessionHandler(), "/", token, http.StatusUnauthorized)
		}
	})
	t.Run("login here, Decrypt there", func(t *testing.T) {
		for i := range *rounds {
			_, phone := newUser(-1 - i)
			token := here.login(t, phone)
			var data wxauth.Encrypted
			data.EncryptedData, data.IV = phone.Encrypt(map[string]int{"round": i})
			serve(t, there.Require(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				var got struct{ Round int }
				if err := there.Decrypt(r.Context(), data, &got); err != nil || got.Round != i {
					t.Fatalf("round %d: %+v, %v", i, got, err)
				}
			})), "/", token, http.StatusOK)
		}
	})
	t.Run("put here, read and put there", func(t *testing.T) {
		for i := range *rounds {
			token := here.login(t, wechat.Phone(app.ID, "writer"))
			step := func(i instance, f func(ctx context.Context)) {
				serve(t, i.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(r.Context()) })), "/", token, http.StatusOK)
			}
			step(there, func(context.Context) {})
			step(here, func(ctx context.Context) { here.sessions.Put(ctx, "here", "a") })
			step(there, func(ctx context.Context) {
				if got := there.sessions.GetString(ctx, "here"); got != "a" {
					t.Fatalf("round %d: there is %q", i, got)
				}
				there.sessions.Put(ctx, "there", "b")
			})
			step(here, func(ctx context.Context) {
				if got := here.sessions.GetString(ctx, "here") + here.sessions.GetString(ctx, "there"); got != "ab" {
					t.Fatalf("round %d: here is %q", i, got)
				}
			})
		}
	})
}
