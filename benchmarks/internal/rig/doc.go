// Package rig holds what all benchmarks share: a user who is logged in, rows
// that answer this user's requests, load, and a real Redis.
//
// Everything measured here checks itself. A handler that gets the wrong openid
// panics, and so does an error reply. No benchmark can therefore measure how
// fast a request is refused. A failed setup panics too.
//
//   - rig.go has [NewAuth], the user, and [Row], a handler with a request.
//   - rows.go has the rows that need no network, from a map to scs's defaults.
//   - load.go measures a [Load]: [Clients] that wait for their answers, or
//     [Arrivals] that wait for nothing.
//   - redis.go has [Redis], a server with its rows and the figures that it
//     keeps of itself.
//   - proxy.go has the distance between the benchmark and a server.
package rig
