// Package storm tests package wxauth and a store under faults. Two instances of an
// application share one Redis server. WeChat and Redis fail in many ways, and simulated
// users check every answer.
//
//   - [Run] runs a storm and returns a [Report].
//   - instance.go contains the application and the code that calls it.
//   - proxy.go and redisfaults.go make Redis fail, wechatfaults.go makes WeChat fail.
//   - truth.go is the oracle: it records what the users know about their logins, and
//     decides which answers are wrong.
//   - user.go and races.go contain the actions of the users.
//
// # The oracle
//
// Each user is one goroutine, so it knows the state of its logins. If the answer is a
// success, the effect of the operation is certain: a logged-out token never works
// again, saved data can be read, and both instances decrypt with a new session_key. An
// operation that failed may still have taken effect. It may even take effect later, if
// a command was still on its way to Redis. In this case the user accepts both outcomes,
// until a later answer makes one of them certain.
//
// A valid token is never refused with 401: if the store fails, the answer is 503. With
// cached reads, Require may accept a token for a moment after another instance has
// ended the login.
package storm
