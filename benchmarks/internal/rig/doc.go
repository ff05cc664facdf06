// Package rig contains the parts that the benchmarks share: a logged-in user, rows,
// loads and a real Redis server. A [Row] is a handler and a request for the handler.
//
// A benchmark must not measure refused requests by mistake. So the handler of [Me] panics
// if it gets the wrong openid. The rows of [Redis.Read] panic if the session's value has
// the wrong length. [Discard] panics if the status is not 200.
//
//   - rig.go contains [NewAuth], which logs the user in, and [Row].
//   - rows.go contains rows that do not need Redis, such as [Map] and [SCSDefault].
//   - load.go measures requests under a [Load], which is [Clients] or [Arrivals].
//   - redis.go contains [Redis], a real Redis server, and rows that use the server.
//   - proxy.go delays the round trips to a server.
package rig
