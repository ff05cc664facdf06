// Package rueidisstore stores scs sessions in Redis through [github.com/redis/rueidis].
// It supports a single server, Redis Sentinel and Redis Cluster. Concurrent operations
// can share a connection and a round trip.
//
//	store, err := rueidisstore.Open("redis://:password@node1:6379,node2:6379", rueidisstore.Options{})
//	…
//	sessions := wxauth.NewSessions()
//	sessions.Store = store
//
// [Open] takes a URL and connects to Redis. [New] uses a rueidis client that
// the application made. [Store] documents the operations. Keys and values are the same as
// in stores.Redis and scs/redisstore. So an application can switch between these stores.
// During the switch, some of its instances can use the old store and some the new store.
//
// # Requirements
//
// Redis must be version 6 or newer. Its maxmemory-policy must be noeviction. With another
// policy, Redis can evict the list of a user's logins but keep the sessions of these
// logins. Revoke of package wxauth then does not find these sessions. [Store.Ready] reports
// a wrong policy if the Redis user is allowed to run INFO or CONFIG GET.
//
// If Redis uses access control lists, the Redis user needs access to the keys that start
// with the store's prefix, and these commands:
//
//	+get +set +del +eval +evalsha
//	+cluster|slots +asking         for a Redis Cluster, before Redis 8
//	+cluster|shards +asking        for a Redis Cluster, from Redis 8
//	+role                          behind Redis Sentinel
//	+multi +exec +pttl +client     for cached reads
//	+select                        for a database other than 0
//	+scan +mget                    for AllCtx
//	+info +time                    for all checks of Ready
//
// # Cached reads
//
// If [Options].CacheFor is positive, [Store.FindCachedCtx] can cache values in the memory
// of the process. Package wxauth calls FindCachedCtx only in Require, Identify and
// Authenticate, to find the login of a request. If the login is in the cache, finding it
// usually needs no round trip. All other reads of package wxauth use FindCtx, which never
// uses the cache.
//
// When FindCachedCtx reads a value from Redis and caches it, Redis records the key and the
// connection of this read. When the key changes or expires, Redis sends a message over this
// connection. After a logout on one instance of the application, other instances can accept
// the login until this message arrives. The message usually takes about a millisecond. It
// can arrive after the HTTP response to the logout. The instance that handled the logout
// refuses the login immediately, because an instance does not use its cache for a key that
// it changed in the last seconds.
//
// When a connection is lost, the instance removes from its cache all values that it read
// over this connection. If Redis closes a connection, the instance notices this
// immediately. If Redis stops answering, the instance notices this within 3 seconds. For a
// store from [New], the options of the rueidis client determine this time. Until the
// instance notices, it can still accept cached logins that another instance has ended. If 3
// seconds are too long for an application, do not set CacheFor.
//
// # Failover
//
// With Redis Sentinel or Redis Cluster, a replica can replace a master that is still
// running. The store can then read from the old master for about a second, or longer if
// the network separates the old master from the other servers. The failover loses all
// writes that the old master acknowledged but did not replicate. So a failover can undo a
// logout or lose a login.
package rueidisstore
