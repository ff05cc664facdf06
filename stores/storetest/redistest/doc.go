// Package redistest runs Redis servers for tests. It runs the program redis-server from
// PATH. The version of redis-server must be 7 or newer. [Start] starts a single server.
// [StartSentinel] starts a master, a replica and three Sentinels. [StartCluster] starts a
// Redis Cluster.
//
//	server := redistest.Start(t, "--requirepass", "secret")
//	store, err := stores.OpenRedis("redis://:secret@" + server.Addr)
//
// Each server is a process that listens on a free port of 127.0.0.1. The package kills
// the servers when the test ends.
//
// [Outages], [Failover] and [DemotedMaster] test a store under load while its servers
// fail or change roles.
//
// If redis-server is not on PATH, the package skips the test. But it fails the test if the
// environment variable CI is "true".
package redistest
