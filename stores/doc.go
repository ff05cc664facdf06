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
//   - Redis Sentinel, Redis Cluster, or too many requests for one Redis round trip per
//     request: package rueidisstore. It is a separate module, so only its users depend
//     on rueidis.
//
// Any other scs.Store works too. The stores of this module have further abilities.
// Small interfaces declare these abilities, and any store may implement the interfaces.
// [Swapper] and [UpdateOnly] prevent concurrent changes from undoing each other.
// [CachedFinder] saves round trips. [ReadyChecker] tells an operator what is wrong.
// [SafeError] is an error that may be logged. Package storetest tests any store,
// including an application's own store.
//
// # Codec
//
// [Codec] is faster than [scs.GobCodec] and its output is smaller. It also reads
// sessions that GobCodec wrote.
//
// # Changing the store or the codec without downtime
//
// [Redis] and rueidisstore use the keys and values of scs/redisstore. So an application
// can change from redisstore to one of these stores, and back, without logging anybody
// out. Instances with the old store and with the new store may run at the same time. An
// application that uses redisstore.NewWithPrefix passes its prefix to
// [NewRedisWithPrefix], or in the URL parameter prefix of [OpenRedis].
//
// GobCodec cannot read sessions that Codec wrote. So first change the store and keep
// the codec. Then change the codec in two steps. In the first step, every instance gets
// a codec that reads both formats and writes gob:
//
//	type readBoth struct{ stores.Codec }
//
//	func (readBoth) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
//		return scs.GobCodec{}.Encode(deadline, values)
//	}
//
// In the second step, when no older instance is running, every instance gets Codec. To
// go back, first use readBoth on every instance. Wait until the last session that Codec
// wrote has expired. Then use GobCodec.
package stores
