// Package stores provides session stores for [scs.SessionManager], in memory and
// in Redis, and a compact session codec.
//
//	sessions := wxauth.NewSessions()
//	store, err := stores.OpenRedis("redis://:password@redis.internal:6379")
//	…
//	sessions.Store = store
//
// # Which store
//
//   - One process: [NewMemory]. Package wxauth uses this store by default. Sessions end
//     with the process.
//   - Several processes, or sessions that survive a restart: [OpenRedis], with a single
//     Redis server.
//   - Redis Sentinel, Redis Cluster, or cached reads: package rueidisstore. Cached reads
//     save a round trip to Redis for most requests. Package rueidisstore is a separate
//     module, so other applications do not depend on rueidis.
//
// Package wxauth also works with any other scs.Store. Such a store can implement these
// optional interfaces:
//
//   - [Swapper]: a swap and a commit under [UpdateOnly] do not undo concurrent changes.
//   - [CachedFinder]: a read from the memory of the process saves a round trip.
//   - [ReadyChecker]: a check tells an operator why the store does not work.
//   - [SafeError]: package wxauth logs the text of such an error.
//
// Package storetest tests any store, including a store of the application.
//
// # Codec
//
// [Codec] is faster than [scs.GobCodec] and encodes sessions to fewer bytes. Codec also
// reads sessions that GobCodec wrote.
//
// # Changing the store or the codec without downtime
//
// [Redis] and rueidisstore use the same keys and values as scs/redisstore. So an
// application can change from redisstore to one of these stores, and back, without
// logging anybody out. Instances with the old store and instances with the new store
// can run at the same time. An application that uses redisstore.NewWithPrefix passes
// its prefix to [NewRedisWithPrefix], or to [OpenRedis] as the URL parameter prefix.
//
// GobCodec cannot read sessions that Codec wrote. So first change the store and keep
// the codec. Then change the codec in two steps. In the first step, deploy a codec that
// reads both formats and writes gob to every instance:
//
//	type readBoth struct{ stores.Codec }
//
//	func (readBoth) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
//		return scs.GobCodec{}.Encode(deadline, values)
//	}
//
// In the second step, when no older instance is running, deploy Codec to every
// instance. To go back, first deploy readBoth to every instance. Wait until the last
// session that Codec wrote has expired. Then deploy GobCodec.
package stores
