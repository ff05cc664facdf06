package wxauth_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
	"example.com/wxlogin/wxauth"
)

// TestBytesOfALogin limits the number of bytes that one login sends to the store. The
// largest part is the user's record, which lists the user's logins. A compare-and-swap
// sends the old and the new record. A login that ends an older login needs a second swap,
// which removes the older login from the record.
func TestBytesOfALogin(t *testing.T) {
	for name, test := range map[string]struct {
		live  int // the number of live logins before the measured login
		token bool
		ops   string
		most  int
	}{
		"the first":          {0, false, "find commit swap", 700},
		"the twentieth":      {19, false, "find commit swap", 5000},
		"the twenty-first":   {20, false, "find commit swap commit delete swap", 9600},
		"with its old token": {20, true, "find find commit swap delete swap", 9500},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newTestStore()
				h := newHooked(t, wxauth.Config{Sessions: sessionsIn(store), SealKeys: sealKeys})
				h.hook = func(*http.Request, wxauth.Identity) (string, error) { return strings.Repeat("7", 20), nil }
				old := ""
				for i := range test.live {
					if i < test.live-3 {
						time.Sleep(6 * time.Minute) // longer than Config.KeyGrace, so that the record contains few session keys
					}
					old = login(t, h.Auth, h.phone)
				}
				if !test.token {
					old = ""
				}
				sent := make(map[string]int)
				store.set(func(_ context.Context, _ int, op, args string) (bool, error) {
					sent[op] += len(args)
					return false, nil
				})
				w := serve(h.LoginHandler(), "POST", "/", old, `{"code":"`+h.phone.Login()+`"}`)
				if w.Code != 200 {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
				if diff := cmp.Diff(test.ops, store.list()); diff != "" {
					t.Errorf("operations (-want +got):\n%s", diff)
				}
				all := 0
				for _, n := range sent {
					all += n
				}
				if all > test.most {
					t.Errorf("%d bytes, want at most %d", all, test.most)
				}
				t.Logf("%d bytes: %v", all, sent)
			})
		})
	}
}

// TestBytesOfALoginInRedis checks that a login that ends one of the user's 20 live logins
// sends 2 KiB to 6 KiB to Redis.
func TestBytesOfALoginInRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store, err := stores.OpenRedis("redis://" + server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	auth, wechat := newAuth(t, wxauth.Config{
		Sessions: sessionsIn(store),
		SealKeys: sealKeys,
		OnLogin:  func(*http.Request, wxauth.Identity) (string, error) { return strings.Repeat("7", 20), nil },
	})
	phone := wechat.Phone(appID, openID)
	old := login(t, auth, phone)
	for range 18 {
		if _, err := auth.LoginAs(background, wxauth.Identity{AppID: appID, OpenID: openID, UserID: strings.Repeat("7", 20)}); err != nil {
			t.Fatal(err)
		}
	}
	login(t, auth, phone)
	for _, test := range []struct {
		name  string
		token string
	}{
		{"with its old token", old},
		{"above the limit", ""},
	} {
		before := received(server)
		w := serve(auth.LoginHandler(), "POST", "/", test.token, `{"code":"`+phone.Login()+`"}`)
		sent := received(server) - before
		if w.Code != 200 || sent > 6<<10 || sent < 2<<10 {
			t.Errorf("%s: %d, %d bytes sent, want 2 KB to 6 KB", test.name, w.Code, sent)
		}
		t.Logf("%s: %d bytes sent", test.name, sent)
	}
}

func received(server *redistest.Server) int {
	n, _ := strconv.Atoi(server.Info("total_net_input_bytes"))
	return n
}

// TestFailedLoginIsTakenBack cancels the context of LoginAs while LoginAs writes the user's
// record, which lists the user's logins. The store reports an error for this write. If the
// variable late is true, the store carries out the write nevertheless. The failed login
// must leave neither a session nor an entry in the record.
func TestFailedLoginIsTakenBack(t *testing.T) {
	for _, view := range []string{"swapping", "context"} {
		for _, late := range []bool{false, true} {
			f := newFixture(t, view)
			ctx, cancel := context.WithCancel(background)
			f.store.set(func(ctx context.Context, _ int, op, key string) (bool, error) {
				if op != "find" && strings.HasPrefix(key, ";u") && ctx.Err() == nil {
					cancel()
					return late, ctx.Err()
				}
				return false, ctx.Err()
			})
			_, err := f.auth.LoginAs(ctx, alice)
			f.store.set(nil)
			if n := f.store.logins(t); err == nil || n != 1 {
				t.Errorf("%s, late %v: %v, %d sessions, want 1", view, late, err, n)
			}
			if logins, err := f.auth.Logins(background, alice); len(logins) != 1 || err != nil {
				t.Errorf("%s, late %v: the record has %d logins, want 1; %v", view, late, len(logins), err)
			}
		}
	}
}
