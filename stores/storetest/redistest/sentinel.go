package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomodule/redigo/redis"
)

// MasterName is the name of the master in the configuration of the Sentinels.
const MasterName = "mymaster"

// Sentinel is a Redis master, a replica and three Redis Sentinel processes. If the master
// does not answer for a second, the Sentinels usually start to promote the replica.
type Sentinel struct {
	// Servers[0] starts as the master, and Servers[1] starts as the replica.
	Servers   []*Server
	Sentinels []*Server
}

// StartSentinel starts a master, a replica and three Sentinels. It waits until the
// replica has copied the data of the master, and until each Sentinel has found the
// replica and the other two Sentinels.
func StartSentinel(t testing.TB) *Sentinel {
	t.Helper()
	options := []string{"--repl-diskless-sync-delay", "0"} // by default, a master waits 5 s for further replicas before it sends its data
	master := Start(t, options...)
	replica := Start(t, append(options, "--replicaof", "127.0.0.1 "+master.Port)...)
	s := &Sentinel{Servers: []*Server{master, replica}}
	for range 3 {
		sentinel := newServer(t)
		config := filepath.Join(sentinel.dir, "sentinel.conf")
		text := fmt.Sprintf("sentinel monitor %[1]s 127.0.0.1 %[2]s 2\n"+
			"sentinel down-after-milliseconds %[1]s 1000\n"+
			"sentinel failover-timeout %[1]s 5000\n", MasterName, master.Port)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		sentinel.args = append([]string{config, "--sentinel"}, sentinel.args...)
		sentinel.Restart()
		sentinel.try("SENTINEL", "DEBUG", "info-period", "1000", "publish-period", "500") // periods in ms, shorter than the defaults
		s.Sentinels = append(s.Sentinels, sentinel)
	}
	master.await("get its replica", func() bool {
		return strings.Contains(master.Info("slave0"), "state=online")
	})
	for _, sentinel := range s.Sentinels {
		sentinel.await("know the others", func() bool {
			state := sentinel.master()
			return state["num-other-sentinels"] == "2" && state["num-slaves"] == "1" && state["flags"] == "master"
		})
	}
	return s
}

// Addrs returns the addresses of the Sentinels.
func (s *Sentinel) Addrs() []string {
	var addrs []string
	for _, sentinel := range s.Sentinels {
		addrs = append(addrs, sentinel.Addr)
	}
	return addrs
}

// URL returns the URL for rueidisstore.Open.
func (s *Sentinel) URL() string {
	return "redis+sentinel://" + strings.Join(s.Addrs(), ",") + "/" + MasterName
}

// AwaitReplica waits until the replica Servers[1] has all data that the master Servers[0]
// had at the time of the call. It does not use the command WAIT, because WAIT covers only
// writes over the connection that sends WAIT. Do not call AwaitReplica after a failover,
// because Servers[1] is then no longer the replica.
func (s *Sentinel) AwaitReplica() {
	master, replica := s.Servers[0], s.Servers[1]
	master.t.Helper()
	want := count(master.Info("master_repl_offset"))
	replica.await("catch up", func() bool { return count(replica.Info("slave_repl_offset")) >= want })
}

// AwaitMaster waits until all Sentinels and the server itself report that the server is
// the master. Restart the old master only after AwaitMaster has returned. Otherwise the
// old master could become the master again.
func (s *Sentinel) AwaitMaster(server *Server) {
	server.t.Helper()
	for _, sentinel := range s.Sentinels {
		sentinel.await("have the new master", func() bool {
			state := sentinel.master()
			return state["port"] == server.Port && state["flags"] == "master"
		})
	}
	server.await("be the master", func() bool { return server.role() == "master" })
}

func (s *Server) master() map[string]string {
	state, _ := redis.StringMap(s.Do("SENTINEL", "master", MasterName), nil)
	return state
}

// role returns "" if the command ROLE fails. ROLE can fail because a Sentinel that changes
// the role of a server closes the server's connections.
func (s *Server) role() string {
	reply, _ := redis.Values(s.try("ROLE"))
	if len(reply) == 0 {
		return ""
	}
	role, _ := redis.String(reply[0], nil)
	return role
}
