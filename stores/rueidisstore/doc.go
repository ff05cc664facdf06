// Package rueidisstore stores scs sessions in Redis through
// [github.com/redis/rueidis]: in one Redis, behind Redis Sentinel, or in a Redis
// Cluster. Requests that arrive at the same time share connections and round trips.
//
//	store, err := rueidisstore.Open("redis://:password@node1:6379,node2:6379", rueidisstore.Options{})
//	…
//	sessions := wxauth.NewSessions()
//	sessions.Store = store
//
// [Open] makes the connections from a URL, [New] takes a client that the application
// made. [Store] documents what the operations do. Keys and values are those of
// stores.Redis and of scs/redisstore, so an application can change from one to another
// while instances of both run.
//
// # Requirements
//
// Redis must be 6 or newer. It must run with the maxmemory-policy noeviction: under
// any other, Redis can drop a user record while that user's sessions live on, and then
// revoking them misses them. [Store.Ready] reports another policy.
//
// A user of Redis's ACL needs these commands, the first line on the keys that start
// with the prefix:
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
// With [Options].CacheFor, [Store.FindCachedCtx] answers from the memory of the
// process if it can. Package wxauth uses it to find the login of a request, so a
// request of a logged-in user costs no round trip. Every other method asks Redis every
// time: user records and application data are never read from the cache.
//
// Redis remembers which connection has read which key. It sends a message over that
// connection when the key is changed, deleted or expires. So a logout on one instance
// ends the login on the other instances as soon as the message arrives. That takes
// about a millisecond, and it is not before the logout is answered. On the instance
// that answers the logout, the login ends at once: for some seconds, an instance reads
// from Redis what it wrote itself.
//
// When a connection is lost, everything that was read through it is forgotten. An
// instance notices at once that a connection was closed. It notices after at most 3
// seconds that Redis does not answer any more. Until then, logins that it has read
// lately are answered from memory, and a logout on another instance may not have
// arrived. An instance for which 3 seconds are too long must not cache.
//
// # Failover
//
// Behind Sentinel, or in a cluster, a master that was replaced while it is still alive
// may answer reads for about another second. What it acknowledged but did not replicate
// is lost: a logout may be undone, a login may be gone.
package rueidisstore
