// Package redistest runs Redis servers for tests. It uses the redis-server on PATH.
// [Start] starts a single server. [StartSentinel] starts a master, a replica and three
// Sentinels. [StartCluster] starts a Redis Cluster.
//
//	server := redistest.Start(t, "--requirepass", "secret")
//	store, err := stores.OpenRedis("redis://:secret@" + server.Addr)
//
// The servers are processes that listen on free ports of the loopback address. They are
// stopped when the test ends.
//
// [Outages], [Failover] and [DemotedMaster] put a store under load while its servers
// fail.
//
// If redis-server is not on PATH, the test is skipped. If the environment variable CI
// is true, the test fails instead.
package redistest
