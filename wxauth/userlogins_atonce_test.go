package wxauth_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/storetest/redistest"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// eachStore runs a test with stores.Memory and with stores.Redis. Each run has two instances,
// which share the stored data.
func eachStore(t *testing.T, c wxauth.Config, test func(t *testing.T, instances [2]instance)) {
	start := func(t *testing.T, open func() scs.Store) {
		wechat := wxtest.NewServer(app)
		var instances [2]instance
		for i := range instances {
			c.Sessions, c.API = sessionsIn(open()), wxapi.Options{Transport: wechat.Transport()}
			auth, _ := newAuth(t, c)
			instances[i] = instance{auth, wechat}
		}
		test(t, instances)
	}
	t.Run("Memory", func(t *testing.T) {
		t.Parallel()
		memory := stores.NewMemory()
		start(t, func() scs.Store { return memory })
	})
	t.Run("Redis", func(t *testing.T) {
		t.Parallel()
		server := redistest.Start(t)
		start(t, func() scs.Store {
			store, err := stores.OpenRedis("redis://" + server.Addr)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { store.Close() })
			return store
		})
	})
}

func atOnce(n int, f func(i int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			f(i)
		})
	}
	close(begin)
	all.Wait()
}

// TestSingleDeviceAtOnce checks that, if MaxLogins is 1, a user has one live login after
// ten phones log in concurrently.
func TestSingleDeviceAtOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, wxauth.Config{MaxLogins: 1}, func(t *testing.T, instances [2]instance) {
		const rounds, phones = 100, 10
		var before string
		for round := range rounds {
			var tokens [phones]string
			atOnce(phones, func(i int) {
				w := instances[i%2].login(openID)
				if w.Code != 200 {
					t.Errorf("round %d: %d %s", round, w.Code, w.Body)
					return
				}
				tokens[i] = tokenOf(t, w)
			})
			live := ""
			for i, token := range append(tokens[:], before) {
				switch got := reasonOf(instances[i%2].Auth, token); {
				case got == "200" && live == "":
					live = token
				case got == "200":
					t.Fatalf("round %d: two tokens work", round)
				case got != "401 replaced" && token != "":
					t.Fatalf("round %d: a token gets %s", round, got)
				}
			}
			logins, err := instances[0].Logins(background, alice)
			if live == "" || live == before || len(logins) != 1 || err != nil {
				t.Fatalf("round %d: a live token %v, Logins: %v, %v", round, live != "", logins, err)
			}
			before = live
		}
		if n, err := instances[1].Revoke(background, alice, ""); n != 1 || err != nil {
			t.Errorf("Revoke: %d, %v", n, err)
		}
	})
}

// TestRenewAtOnce renews one login five times concurrently. One renewal must succeed, and
// the others must fail with ErrNotLoggedIn.
func TestRenewAtOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, wxauth.Config{}, func(t *testing.T, instances [2]instance) {
		const rounds, renewals = 1000, 5
		token := tokenOf(t, instances[0].login(openID))
		first, err := instances[0].Authenticate(background, token)
		if err != nil {
			t.Fatal(err)
		}
		for round := range rounds {
			var logins [renewals]wxauth.Login
			var errs [renewals]error
			ctx := contextOf(t, instances[round%2].Auth, token)
			id, _ := wxauth.FromContext(ctx)
			atOnce(renewals, func(i int) {
				id := id
				id.UserID = fmt.Sprint("user ", i)
				logins[i], errs[i] = instances[i%2].Renew(ctx, id)
			})
			old, won := token, -1
			for i, err := range errs {
				switch {
				case err == nil && won < 0:
					won, token = i, logins[i].Token
				case err == nil:
					t.Fatalf("round %d: two renewals succeed", round)
				case !errors.Is(err, wxauth.ErrNotLoggedIn):
					t.Fatalf("round %d: %v", round, err)
				}
			}
			if won < 0 {
				t.Fatalf("round %d: no renewal succeeds: %v", round, errs)
			}
			if got := reasonOf(instances[round%2].Auth, old); got != "401" {
				t.Fatalf("round %d: the old token: %s", round, got)
			}
			id, err := instances[(round+1)%2].Authenticate(background, token)
			if err != nil || id.LoginID != first.LoginID || id.UserID != fmt.Sprint("user ", won) {
				t.Fatalf("round %d: the new token: %v, %v", round, id, err)
			}
		}
		if n, err := instances[0].Revoke(background, alice, ""); n != 1 || err != nil || reasonOf(instances[0].Auth, token) != "401" {
			t.Errorf("Revoke: %d, %v", n, err)
		}
	})
}
