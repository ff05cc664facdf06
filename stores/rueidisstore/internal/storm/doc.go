// Package storm tests package wxauth and a store under faults: two instances of an
// application share one Redis, WeChat and Redis fail in every way, and simulated users
// check every answer.
//
//   - [Run] runs a storm and returns a [Report].
//   - instance.go is the application and the way to call it.
//   - proxy.go and redisfaults.go make Redis fail, wechatfaults.go makes WeChat fail.
//   - truth.go is the oracle: what the users know of their logins, and which answers are
//     wrong.
//   - user.go and races.go are what the users do.
//
// # The oracle
//
// Each user is one goroutine, so it knows what is true of its logins. An answer that an
// operation succeeded makes its effect certain: a token that was logged out never works
// again, data that was saved is there, a fresh session_key decrypts on either instance. An
// operation that failed may have had its effect, or may still have it later, as far as a
// command was on its way to Redis. Then both answers are right until one is certain.
//
// A token that works is never refused by 401: a store that fails is a 503. With cached
// reads, Require may accept a token for a moment after another instance has ended it.
package storm
