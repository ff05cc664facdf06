// Package redistest runs Redis for tests, with the redis-server on PATH: [Start] for a
// single server, [StartSentinel] for a master and a replica with three Sentinels,
// [StartCluster] for a Redis Cluster.
//
//	server := redistest.Start(t, "--requirepass", "secret")
//	store, err := stores.OpenRedis("redis://:secret@" + server.Addr)
//
// The servers are processes that listen on free ports of the loopback address. They end
// with the test.
//
// [Outages], [Failover] and [DemotedMaster] put a store under load while its servers
// fail.
//
// If redis-server is not on PATH, the test is skipped, or fails if the environment
// variable CI is true.
package redistest
