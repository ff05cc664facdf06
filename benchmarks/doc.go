// Package benchmarks compares wxauth with the smallest code for the same work, and with
// scs in its default configuration. It contains only benchmarks and tests. To run the
// benchmarks:
//
//	go test -run='^$' -bench=. -benchtime=1x ./benchmarks/...
//
// Where to look:
//   - request_test.go: a logged-in user's request, without a network. allocs_test.go
//     limits the allocations of a request, of Decrypt and of stores.Codec.
//   - redis_test.go: a request with the session in Redis. Redis runs on this machine. For
//     some benchmarks, a proxy delays each round trip to Redis.
//   - loopback_test.go: a request over HTTP to a server in a separate process.
//   - login_test.go: logins through a fake WeChat on the loopback address.
//   - userdata_test.go: Decrypt, VerifyRawData and Sign, which use the session_key.
//   - users_test.go: the memory that a session and a user record take, and the CPU time
//     of a login. A user record contains the session keys and the logins of a user.
//   - million_test.go: a million sessions in memory.
//   - storm_test.go: a simulation of many clients that log in during and after an outage
//     of WeChat. By default, there are 100,000 clients.
//
// Module benchmarks/peers contains the benchmarks with rueidis, golang-jwt,
// go-chi/jwtauth and gorilla/sessions. The root module does not require these modules.
// Command benchmarks/report runs the benchmarks of this package, except BenchmarkStorm, and
// those of benchmarks/peers several times. It prints tables and a list of bars. A bar is a
// limit for one figure, and the list shows whether the figure is within the limit.
package benchmarks
