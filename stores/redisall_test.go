package stores_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores/storetest/redistest"
)

// TestRedisAllLeavesOutWhatIsNoSession checks that All skips a test key of Ready, a list,
// and a key without the prefix. The Iterate method of scs would fail to decode the value
// of a test key.
func TestRedisAllLeavesOutWhatIsNoSession(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	expiry := time.Now().Add(time.Hour)
	if err := store.Commit("key", []byte("value"), expiry); err != nil {
		t.Fatal(err)
	}
	server.Do("SET", "scs:session:;rABCDEFGHIJKLMNOPQRSTUVWXYZ", "1") // a test key of Ready
	server.Do("RPUSH", "scs:session:list", "x")
	server.Do("SET", "another", "x")
	all, err := store.All()
	if diff := cmp.Diff(map[string][]byte{"key": []byte("value")}, all); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
