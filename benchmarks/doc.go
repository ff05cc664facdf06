// Package benchmarks compares wxauth with the smallest code that does the same work,
// and with scs in its default configuration. It contains only tests:
//
//	go test -run='^$' -bench=. -benchtime=1x ./benchmarks/...
//
// Where to look:
//   - request_test.go: a logged-in user's request, without a network. allocs_test.go
//     fails if a request allocates more than before.
//   - redis_test.go: a request with the session in Redis, near and far.
//   - loopback_test.go: a request over HTTP to a server in a separate process.
//   - login_test.go: logins, with a WeChat on loopback.
//   - userdata_test.go: the operations that use the session_key.
//   - users_test.go: the memory and CPU time that a user costs.
//   - million_test.go: a million sessions in memory.
//   - storm_test.go: a simulation of a million clients after an outage of WeChat.
//
// Module benchmarks/peers contains the rows that need other modules. Command
// benchmarks/report runs all benchmarks several times. It prints tables, and whether
// each bar is met.
package benchmarks
