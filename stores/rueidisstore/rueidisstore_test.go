package rueidisstore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/rueidisstore"
	"example.com/wxlogin/stores/storetest"
	"example.com/wxlogin/stores/storetest/redistest"
)

var (
	plain  = rueidisstore.Options{}
	cached = rueidisstore.Options{CacheFor: time.Minute}
)

func open(t testing.TB, url string, options rueidisstore.Options) *rueidisstore.Store {
	t.Helper()
	store, err := rueidisstore.Open(url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func testContract(t *testing.T, url string, servers ...*redistest.Server) {
	for name, options := range map[string]rueidisstore.Options{"plain": plain, "cached": cached} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) scs.Store {
				for _, server := range servers {
					server.Do("FLUSHALL")
				}
				return open(t, url, options)
			})
		})
	}
}

func TestSingle(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	testContract(t, "redis://"+server.Addr, server)
}

func TestCluster(t *testing.T) {
	t.Parallel()
	servers := redistest.StartCluster(t)
	testContract(t, "redis://"+servers[0].Addr+","+servers[1].Addr+","+servers[2].Addr, servers...)
}

func TestSentinel(t *testing.T) {
	t.Parallel()
	sentinel := redistest.StartSentinel(t)
	testContract(t, sentinel.URL(), sentinel.Servers[0])
}

// One node of a cluster is enough to find it.
func TestClusterFromOneNode(t *testing.T) {
	servers := redistest.StartCluster(t)
	store := open(t, "redis://"+servers[0].Addr, plain)
	expiry := time.Now().Add(time.Hour)
	for _, key := range strings.Split("a b c d e f g h i j k l m n o p q r s t", " ") {
		if err := store.Commit(key, []byte(key), expiry); err != nil {
			t.Fatal(err)
		}
	}
	all, err := store.All()
	if len(all) != 20 || err != nil {
		t.Errorf("%d keys, %v", len(all), err)
	}
	for _, server := range servers {
		if n := server.Do("DBSIZE").(int64); n == 0 || n == 20 {
			t.Errorf("%s has %d of the keys", server.Addr, n)
		}
	}
}

// An application on stores.Redis can change to this store, and back.
func TestReadsWhatRedisWrites(t *testing.T) {
	server := redistest.Start(t)
	url := "redis://" + server.Addr
	ours := open(t, url, plain)
	redis, err := stores.OpenRedis(url)
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Close()
	expiry := time.Now().Add(time.Hour)
	for _, pair := range [][2]scs.CtxStore{{ours, redis}, {redis, ours}} {
		if err := pair[0].Commit("key", []byte("a\x00b"), expiry); err != nil {
			t.Fatal(err)
		}
		if value, found, err := pair[1].Find("key"); string(value) != "a\x00b" || !found || err != nil {
			t.Errorf("%q, %t, %v", value, found, err)
		}
		if at, _ := server.Do("PEXPIRETIME", "scs:session:key").(int64); at < expiry.UnixMilli() || at > expiry.UnixMilli()+1000 {
			t.Errorf("expires at %v, want %v", at, expiry.UnixMilli())
		}
		if err := pair[1].Delete("key"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOutages(t *testing.T) {
	for name, options := range map[string]rueidisstore.Options{"plain": plain, "cached": cached} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			redistest.Outages(t, server, func(t *testing.T) scs.CtxStore { return open(t, "redis://"+server.Addr, options) })
		})
	}
}

func TestFailover(t *testing.T) {
	t.Parallel()
	sentinel := redistest.StartSentinel(t)
	redistest.Failover(t, sentinel, open(t, sentinel.URL(), plain))
}

func TestDemotedMaster(t *testing.T) {
	t.Parallel()
	sentinel := redistest.StartSentinel(t)
	redistest.DemotedMaster(t, sentinel, open(t, sentinel.URL(), plain))
}

func TestOpenFails(t *testing.T) {
	server := redistest.Start(t)
	server.Do("CONFIG", "SET", "requirepass", "secret")
	for name, url := range map[string]string{
		"no URL":         "localhost",
		"wrong password": "redis://:hunter2@" + server.Addr,
		"nobody there":   "redis://:hunter2@127.0.0.1:1",
		"no such master": "redis+sentinel://:hunter2@" + server.Addr + "/name",
	} {
		t.Run(name, func(t *testing.T) {
			store, err := rueidisstore.Open(url, plain)
			if err == nil {
				store.Close()
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in: %v", err)
			}
		})
	}
	open(t, "redis://:secret@"+server.Addr, plain)
}

// A logout on one instance ends the session on another: at once if it reads
// from Redis, and as soon as word of it has arrived if it caches.
func TestTwoInstances(t *testing.T) {
	server := redistest.Start(t)
	url := "redis://" + server.Addr
	for name, test := range map[string]struct {
		options rueidisstore.Options
		max     time.Duration
	}{
		"plain":  {plain, 0},
		"cached": {cached, 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			one, other := open(t, url, test.options), open(t, url, test.options)
			rounds, late := 10_000, 0
			if testing.Short() {
				rounds = 500
			}
			var longest time.Duration
			// Requests come one after another; without a pause they would
			// take the processor from what is to end them.
			pause := time.NewTicker(100 * time.Microsecond)
			defer pause.Stop()
			for range rounds {
				if err := one.Commit("token", []byte("session"), time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				// The token has just been handed out: wait until it is taken.
				for found := false; !found; {
					var err error
					if _, found, err = other.Find("token"); err != nil {
						t.Fatal(err)
					}
					if !found {
						<-pause.C
					}
				}
				if err := one.Delete("token"); err != nil {
					t.Fatal(err)
				}
				out := time.Now()
				if _, found, err := one.Find("token"); found || err != nil {
					t.Fatalf("the instance that logged out: %t, %v", found, err)
				}
				for dead := true; dead; {
					asked := time.Now()
					var err error
					if _, dead, err = other.Find("token"); err != nil {
						t.Fatal(err)
					}
					if dead {
						late++
						longest = max(longest, asked.Sub(out))
						<-pause.C
					}
				}
			}
			t.Logf("%d rounds: a dead token was accepted %d times, at the latest %v after the logout", rounds, late, longest)
			if late > 0 && longest >= test.max {
				t.Errorf("a dead token was accepted %v after the logout", longest)
			}
		})
	}
}

// A cached read is not sent.
func TestCachedReads(t *testing.T) {
	server := redistest.Start(t)
	writer, reader := open(t, "redis://"+server.Addr, plain), open(t, "redis://"+server.Addr, cached)
	if err := writer.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	server.Do("CONFIG", "RESETSTAT")
	for range 1000 {
		if value, found, err := reader.Find("key"); string(value) != "value" || !found || err != nil {
			t.Fatalf("%q, %t, %v", value, found, err)
		}
	}
	if gets := server.Info("cmdstat_get"); !strings.HasPrefix(gets, "calls=1,") {
		t.Errorf("GET: %s", gets)
	}
}

// When Redis does not answer any more nobody can tell what has changed.
func TestCacheIsNotTrustedWithoutAConnection(t *testing.T) {
	server := redistest.Start(t)
	writer, reader := open(t, "redis://"+server.Addr, plain), open(t, "redis://"+server.Addr, cached)
	if err := writer.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for name, outage := range map[string]struct {
		begin, end func()
		max        time.Duration
	}{
		"stopped": {server.Stop, server.Restart, 100 * time.Millisecond},
		"hung":    {server.Pause, server.Resume, 3500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			find := func() error {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				_, found, err := reader.FindCtx(ctx, "key")
				if err == nil && !found {
					t.Fatal("not found")
				}
				return err
			}
			await(t, find, true)
			outage.begin()
			begun := time.Now()
			await(t, find, false)
			if d := time.Since(begun); d > outage.max {
				t.Errorf("trusted for %v", d)
			} else {
				t.Logf("trusted for %v", d)
			}
			outage.end()
			await(t, find, true)
		})
	}
}

// await calls find until it works, or does not.
func await(t *testing.T, find func() error, works bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); (find() == nil) != works; <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited long for find to work: %t", works)
		}
	}
}
