package redistest

import (
	"testing"

	"github.com/gomodule/redigo/redis"
)

// StartCluster starts a Redis Cluster of three masters. It waits until each master
// reports that the cluster is complete.
func StartCluster(t testing.TB) []*Server {
	t.Helper()
	const slots = 16384
	var servers []*Server
	for i := range 3 {
		bus := freePort(t)
		s := Start(t, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "2000")
		s.Do("CLUSTER", "SET-CONFIG-EPOCH", i+1)
		s.Do("CLUSTER", "ADDSLOTSRANGE", i*slots/3, (i+1)*slots/3-1)
		if i > 0 {
			servers[0].Do("CLUSTER", "MEET", "127.0.0.1", s.Port, bus)
		}
		servers = append(servers, s)
	}
	for _, s := range servers {
		s.await("join the cluster", func() bool {
			info, err := redis.String(s.Do("CLUSTER", "INFO"), nil)
			info = "\n" + info
			return err == nil && infoField(info, "cluster_state") == "ok" && infoField(info, "cluster_known_nodes") == "3" && infoField(info, "cluster_slots_ok") == "16384"
		})
	}
	return servers
}
