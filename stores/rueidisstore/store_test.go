package rueidisstore_test

import (
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/rueidis"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/rueidisstore"
	"example.com/wxlogin/stores/storetest"
	"example.com/wxlogin/stores/storetest/redistest"
)

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

func TestNew(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	storetest.Run(t, func(t *testing.T) scs.Store {
		server.Do("FLUSHALL")
		client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		return rueidisstore.NewWithPrefix(client, "shop:", cached)
	})
}

func TestClusterFromOneNode(t *testing.T) {
	servers := redistest.StartCluster(t)
	store := open(t, "redis://"+servers[0].Addr, plain)
	for key := range strings.SplitSeq("a b c d e f g h i j k l m n o p q r s t", " ") {
		if err := store.Commit(key, []byte(key), hour()); err != nil {
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

// TestReadsWhatRedisWrites checks that a rueidisstore.Store and a stores.Redis can read
// and delete each other's values.
func TestReadsWhatRedisWrites(t *testing.T) {
	server := redistest.Start(t)
	for parameters, key := range map[string]string{"": "scs:session:key", "?prefix=shop:": "shop:key"} {
		t.Run(key, func(t *testing.T) {
			url := "redis://" + server.Addr + parameters
			ours := open(t, url, plain)
			theirs, err := stores.OpenRedis(url)
			if err != nil {
				t.Fatal(err)
			}
			defer theirs.Close()
			expiry := hour()
			for _, pair := range [][2]scs.CtxStore{{ours, theirs}, {theirs, ours}} {
				if err := pair[0].Commit("key", []byte("a\x00b"), expiry); err != nil {
					t.Fatal(err)
				}
				if value, found, err := pair[1].Find("key"); string(value) != "a\x00b" || !found || err != nil {
					t.Errorf("%q, %t, %v", value, found, err)
				}
				at, _ := server.Do("PEXPIRETIME", key).(int64)
				if at < expiry.UnixMilli() || at > expiry.UnixMilli()+1000 {
					t.Errorf("expires at %v, want %v", at, expiry.UnixMilli())
				}
				if err := pair[1].Delete("key"); err != nil {
					t.Fatal(err)
				}
				if n, _ := server.Do("EXISTS", key).(int64); n != 0 {
					t.Error("the key is still there after Delete")
				}
			}
		})
	}
}

// In TestPrefix, one prefix is a glob pattern that matches the other prefix.
func TestPrefix(t *testing.T) {
	server := redistest.Start(t)
	one, other := open(t, "redis://"+server.Addr+"?prefix=s*p:", plain), open(t, "redis://"+server.Addr+"?prefix=shop:", cached)
	if err := other.Commit("key", []byte("value"), hour()); err != nil {
		t.Fatal(err)
	}
	if _, found, err := one.Find("key"); found || err != nil {
		t.Errorf("found %t, %v", found, err)
	}
	if all, err := one.All(); len(all) != 0 || err != nil {
		t.Errorf("All: %d, %v", len(all), err)
	}
	if _, found, err := other.Find("key"); !found || err != nil {
		t.Errorf("found %t, %v", found, err)
	}
}

// TestAllLeavesProbesOut checks that All skips the test keys of Ready.
func TestAllLeavesProbesOut(t *testing.T) {
	server := redistest.Start(t)
	server.Do("SET", "scs:session:;r"+strings.Repeat("A", 26), "1")
	if all, err := open(t, "redis://"+server.Addr, plain).All(); len(all) != 0 || err != nil {
		t.Errorf("%v, %v", all, err)
	}
}
