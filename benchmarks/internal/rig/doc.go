// Package rig contains the code that the benchmarks share. Many benchmarks measure a
// [Row], which is a handler and a request for the handler.
//
// A benchmark must not measure refused requests by mistake. So the handler of [Me] panics
// if it gets the wrong openid, and [Discard] panics if the status is not 200.
//
//   - rig.go contains [NewAuth], which logs the user in, and [Row].
//   - rows.go contains rows that do not need Redis, such as [Map] and [SCSDefault].
//   - load.go measures requests under a [Load], which is [Clients] or [Arrivals].
//   - redis.go contains [Redis], a real Redis server, and rows that use the server.
//   - proxy.go contains a TCP proxy that delays the round trips to Redis.
package rig
