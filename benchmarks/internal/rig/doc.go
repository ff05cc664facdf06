// Package rig contains the parts that all benchmarks share: a logged-in user, rows,
// loads and a real Redis server. A [Row] is a handler with a request of this user.
//
// All rows check their results. A handler panics if it gets the wrong openid. A reply
// with an error status also causes a panic, so no benchmark can measure refused
// requests by mistake. A setup that fails panics or fails the benchmark.
//
//   - rig.go contains [NewAuth], which logs the user in, and [Row].
//   - rows.go contains the rows that need no network, from a map to scs's defaults.
//   - load.go measures a row under a [Load]. [Clients] wait for answers, [Arrivals] do
//     not.
//   - redis.go contains [Redis], a server with its rows and its own statistics.
//   - proxy.go delays the round trips to a server.
package rig
