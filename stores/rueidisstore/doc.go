// Package rueidisstore stores scs sessions in Redis through
// [github.com/redis/rueidis]: in a single server, behind Redis Sentinel, or in a Redis
// Cluster. Requests that arrive at the same time share connections and round trips.
//
//	store, err := rueidisstore.Open("redis://:password@node1:6379,node2:6379", rueidisstore.Options{})
//	…
//	sessions := wxauth.NewSessions()
//	sessions.Store = store
//
// [Open] connects to the Redis server at a URL. [New] uses a client that the
// application made. [Store] documents the operations. Keys and values are the same as
// in stores.Redis and scs/redisstore, so an application can change from one store to
// another while instances with either store are running.
//
// # Requirements
//
// Redis must be version 6 or newer. Its maxmemory-policy must be noeviction. With
// another policy, Redis can evict a user record before that user's sessions, and then a
// revocation does not find these sessions. [Store.Ready] reports a wrong policy.
//
// With access control lists, the Redis user needs these commands. The commands in the
// first line need the keys that start with the prefix:
//
//	+get +set +del +eval +evalsha
//	+cluster|slots +asking         for a Redis Cluster; +cluster|shards from Redis 8
//	+role                          behind Redis Sentinel
//	+multi +exec +pttl +client     for cached reads
//	+select                        for a database other than 0
//	+scan +mget                    for AllCtx
//	+info +time                    for Ready to check more
//
// # Cached reads
//
// With [Options].CacheFor, [Store.FindCachedCtx] answers from the memory of the process
// if it can. Package wxauth uses FindCachedCtx to find the login of a request, so most
// requests of logged-in users need no round trip. Every other method always asks Redis:
// user records and application data are never read from the cache.
//
// Redis records which connection has read which key. When the key is changed or
// deleted, or when it expires, Redis sends a message over that connection. So a logout
// on one instance ends the login on the other instances when the message arrives. This
// takes about a millisecond, and the logout request may be answered before. On the
// instance that handles the logout, the login ends at once, because for some seconds an
// instance reads the keys that it wrote from Redis.
//
// When a connection is lost, the instance removes everything from its cache that was
// read over that connection. An instance notices a closed connection at once. If Redis
// stops answering, the instance notices after at most 3 seconds. During these 3
// seconds, the instance may still accept cached logins that another instance has ended.
// If 3 seconds are too long for an application, do not set CacheFor.
//
// # Failover
//
// With Redis Sentinel or Redis Cluster, a replica can replace a master that is still
// running. The old master may answer reads for about another second. Writes that the
// old master acknowledged but did not replicate are lost: a logout may be undone, and a
// login may be lost.
package rueidisstore
