package redistest

import (
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// Failover kills the master while a store is under load. It checks that operations work
// again after the Sentinels have promoted the replica. Failover then restarts the old
// master. After the old master has become a replica, an operation is allowed to fail only
// with context.DeadlineExceeded. The reason for this check is that the store must not write
// to the replica, which refuses writes. At the end, the store must find all sessions of the
// load. The store must implement [stores.Swapper].
func Failover(t *testing.T, s *Sentinel, store scs.CtxStore) {
	master, replica := s.Servers[0], s.Servers[1]
	load := StartLoad(t, store)
	await(t, "the load to run", func() bool { return load.OK.Load() > 1000 })
	s.AwaitReplica()

	killed := time.Now()
	master.Kill()
	await(t, "operations to fail", func() bool { return load.Failed.Load() > 0 })
	s.AwaitMaster(replica)
	promoted := time.Since(killed)
	ok := load.OK.Load()
	await(t, "recovery", func() bool { return load.OK.Load() > ok+2000 })
	t.Logf("the replica was master after %v, and 2000 operations were done after %v", promoted, time.Since(killed))

	master.Restart()
	master.await("be a replica", func() bool { return master.role() == "slave" })
	refused := func() int64 { return load.Failed.Load() - load.Late.Load() } // late operations do not count, because a busy machine can make operations late
	before := refused()
	ok = load.OK.Load()
	await(t, "the load to go on", func() bool { return load.OK.Load() > ok+2000 })
	if f := refused() - before; f > 0 {
		t.Errorf("%d operations were refused when the old master was back", f)
	}
	load.Stop(t)
	for _, key := range load.keys {
		if _, found, err := store.Find(key); !found || err != nil {
			t.Errorf("%s: %t, %v", key, found, err)
		}
	}
}

// DemotedMaster makes a Sentinel promote the replica and turn the master into a replica,
// while a store is under load. It checks that operations work again, and that writes
// after the failover reach the new master. The keys of the store in Redis must start with
// the default prefix, which is "scs:session:". The store must implement [stores.Swapper].
func DemotedMaster(t *testing.T, s *Sentinel, store scs.CtxStore) {
	master, replica := s.Servers[0], s.Servers[1]
	load := StartLoad(t, store)
	await(t, "the load to run", func() bool { return load.OK.Load() > 1000 })
	s.AwaitReplica()
	s.Sentinels[0].Do("SENTINEL", "FAILOVER", MasterName)
	s.AwaitMaster(replica)
	master.await("be a replica", func() bool { return master.role() == "slave" })
	failed := load.Failed.Load()
	ok := load.OK.Load()
	await(t, "recovery", func() bool {
		if f := load.Failed.Load(); f != failed {
			failed, ok = f, load.OK.Load()
		}
		return load.OK.Load() > ok+2000
	})
	load.Stop(t)
	if err := store.Commit("after", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if err := store.CommitCtx(stores.UpdateOnly(t.Context(), "after"), "after", []byte("new"), time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if got, _ := replica.Do("GET", "scs:session:after").([]byte); string(got) != "new" {
		t.Errorf("the new master has %q", got)
	}
}
