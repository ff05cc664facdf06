// Package rig contains the parts that the benchmarks share: a logged-in user, rows,
// loads and a real Redis server. A [Row] is a handler and a request for the handler.
//
// The rows check their results, so no benchmark of a row measures refused requests by
// mistake. The handler of [Me] panics if it gets the wrong openid. The rows of
// [Redis.Read] panic if the session's value has the wrong length. [Discard] panics if the
// status is not 200. If the setup of a row fails, the setup panics or fails the
// benchmark.
//
//   - rig.go contains [NewAuth], which logs the user in, and [Row].
//   - rows.go contains rows that do not need Redis, such as [Map] and [SCSDefault].
//   - load.go measures requests under a [Load]. [Clients] wait for answers, [Arrivals] do
//     not.
//   - redis.go contains [Redis], a real Redis server. Its methods return rows that use
//     the server, and measure the work of the server.
//   - proxy.go delays the round trips to a server.
package rig
