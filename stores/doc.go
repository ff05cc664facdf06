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
//   - One process: [NewMemory]. Package wxauth uses it by default. Sessions end
//     with the process.
//   - Several processes, or sessions that survive a restart: [OpenRedis], on one
//     Redis.
//   - Redis Sentinel, Redis Cluster, or so many requests that a round trip to Redis
//     for each is too much: package rueidisstore. It is a module of its own, so that
//     only its users depend on rueidis.
//
// Any other scs.Store works too. What a store of this module can do beyond
// scs.Store is declared in small interfaces that any store may implement:
// [Swapper] and [UpdateOnly] keep changes that happen at the same time from undoing
// each other, [CachedFinder] saves round trips, [ReadyChecker] tells an operator
// what is wrong, and [SafeError] is an error that may be logged. Package storetest
// tests stores, also an application's own.
//
// # Codec
//
// [Codec] is smaller and quicker than [scs.GobCodec], and reads what GobCodec wrote.
//
// # Changing the store or the codec without downtime
//
// [Redis] and rueidisstore use the keys and values of scs/redisstore. So an
// application on redisstore can change to them and back while instances of both
// kinds run, and nobody is logged out. An application that uses
// redisstore.NewWithPrefix passes its prefix to [NewRedisWithPrefix], or to
// [OpenRedis] as the parameter prefix.
//
// GobCodec does not read what Codec wrote. So first change the store and keep the
// codec. Then change the codec in two steps. In the first, every instance gets a
// codec that reads both formats and writes gob:
//
//	type readBoth struct{ stores.Codec }
//
//	func (readBoth) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
//		return scs.GobCodec{}.Encode(deadline, values)
//	}
//
// In the second, once no older instance is left, every instance gets Codec. The way
// back is the reverse: readBoth everywhere, then wait until the last session that
// Codec wrote has expired, then GobCodec.
package stores
