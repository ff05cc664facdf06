package stores_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores/storetest/redistest"
)

// If All returned the keys that Ready writes, the Iterate method of scs would fail, because
// it cannot decode their values.
func TestRedisAllLeavesOutWhatIsNoSession(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := openRedis(t, "redis://"+server.Addr)
	expiry := time.Now().Add(time.Hour)
	if err := store.Commit("key", []byte("value"), expiry); err != nil {
		t.Fatal(err)
	}
	server.Do("SET", "scs:session:;rABCDEFGHIJKLMNOPQRSTUVWXYZ", "1") // like a key that Ready writes
	server.Do("RPUSH", "scs:session:list", "x")
	server.Do("SET", "another", "x")
	all, err := store.All()
	if diff := cmp.Diff(map[string][]byte{"key": []byte("value")}, all); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
