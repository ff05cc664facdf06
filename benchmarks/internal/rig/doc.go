// Package rig contains the parts that all benchmarks share: a logged-in user, rows that
// answer this user's requests, load, and a real Redis server.
//
// All rows check their results. A handler panics if it gets the wrong openid. An error
// reply also causes a panic, so no benchmark can measure refused requests by mistake. A
// failed setup panics too.
//
//   - rig.go has [NewAuth], the user, and [Row], a handler with a request.
//   - rows.go has the rows that need no network, from a map to scs's defaults.
//   - load.go measures a [Load]. [Clients] wait for their answers; [Arrivals] do not
//     wait for answers.
//   - redis.go has [Redis], a server with its rows and its own statistics.
//   - proxy.go simulates the distance between the benchmark and a server.
package rig
