// Package benchmarks measures packages wxauth and stores. For comparison, some benchmarks
// also measure scs in its default configuration, or code that does only a part of wxauth's
// work. To run the benchmarks:
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
//     of WeChat.
//
// The benchmarks with rueidis, golang-jwt, go-chi/jwtauth and gorilla/sessions are in a
// nested module, benchmarks/peers, so that the root module does not require these four.
// Command benchmarks/report runs the benchmarks of this package, except BenchmarkStorm, and
// those of benchmarks/peers. It prints the figures in tables, and compares some figures
// with limits.
package benchmarks
