// Package benchmarks compares wxauth with the smallest code for the same work, and with
// scs in its default configuration. It contains only tests:
//
//	go test -run='^$' -bench=. -benchtime=1x ./benchmarks/...
//
// Where to look:
//   - request_test.go: a logged-in user's request, without a network. allocs_test.go
//     limits the allocations of such a request.
//   - redis_test.go: a request with the session in Redis. Redis is near, or a proxy
//     delays each round trip.
//   - loopback_test.go: a request over HTTP to a server in a separate process.
//   - login_test.go: logins through a fake WeChat on the loopback address.
//   - userdata_test.go: the operations that use the session_key.
//   - users_test.go: the memory and CPU time that a user costs.
//   - million_test.go: a million sessions in memory.
//   - storm_test.go: a simulation of a million clients that log in after an outage of
//     WeChat.
//
// Module benchmarks/peers contains the benchmarks that need other modules. Command
// benchmarks/report runs all benchmarks several times. It prints tables and a list of
// bars. A bar is a limit for one figure, and the list shows whether the figure is
// within the limit.
package benchmarks
