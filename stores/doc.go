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
//   - One process: [NewMemory]. The session manager of wxauth.NewSessions uses this
//     store. All sessions are lost when the process ends.
//   - Several processes, or sessions that survive a restart of the process:
//     [OpenRedis], with a single Redis server.
//   - Redis Sentinel, Redis Cluster, or cached reads: package rueidisstore. Cached reads
//     save a round trip to Redis for most requests. Package rueidisstore is a separate
//     module, so an application that does not use it does not depend on rueidis.
//
// Package wxauth works with any scs.Store. A store, or an error of a store, can implement
// these optional interfaces:
//
//   - [Swapper]: two processes can change the same value at the same time, and neither
//     change is lost.
//   - [CachedFinder]: package wxauth can find a login in the memory of the process,
//     without a round trip to a server.
//   - [ReadyChecker]: a check tells an operator why the store does not work.
//   - [SafeError]: package wxauth logs the text of the error.
//
// Package storetest tests whether a store works as scs and package wxauth require.
//
// # Codec
//
// For most sessions, [Codec] is faster than [scs.GobCodec] and needs fewer bytes. Codec
// also reads sessions of up to 1 MiB that GobCodec wrote.
//
// # Changing the store or the codec without downtime
//
// [Redis] and rueidisstore use the same keys and values as scs/redisstore. So an
// application can change from redisstore to Redis or rueidisstore, and back, without
// logging anybody out. Instances with the old store and instances with the new store
// can run at the same time. If the application uses redisstore.NewWithPrefix, pass the
// same prefix to [NewRedisWithPrefix], or to [OpenRedis] as the URL parameter "prefix".
//
// GobCodec cannot read sessions that Codec wrote. So change from GobCodec to Codec in two
// steps. In the first step, deploy readBoth to every instance. This codec reads both
// formats and writes gob:
//
//	type readBoth struct{ stores.Codec }
//
//	func (readBoth) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
//		return scs.GobCodec{}.Encode(deadline, values)
//	}
//
// When all running instances use readBoth, start the second step: deploy Codec to every
// instance. To go back, first deploy readBoth to every instance. Wait until everything
// that Codec wrote has expired. Then deploy GobCodec.
package stores
