// Package benchmarks measures wxauth beside the least that could do the same,
// and beside scs as it comes. All of it is tests:
//
//	go test -run='^$' -bench=. -benchtime=1x ./benchmarks/...
//
// Where to look:
//   - request_test.go: a request of a logged-in user in process, and
//     allocs_test.go, which fails if one allocates more than it did.
//   - redis_test.go: the same with sessions in Redis, near and far.
//   - loopback_test.go: the same over HTTP, from a process of its own.
//   - login_test.go: logins, with a WeChat on loopback.
//   - userdata_test.go: what the session_key is for.
//   - users_test.go: what a user costs in memory and in CPU time.
//   - million_test.go: a million sessions in memory.
//   - storm_test.go: a million clients after an outage of WeChat, simulated.
//
// Module benchmarks/peers has the rows that need other modules. Command
// benchmarks/report runs everything again and again, and prints tables and
// whether each bar is met.
package benchmarks
