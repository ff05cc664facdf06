// Package storm tests package wxauth and a store while WeChat and Redis fail in many
// ways. Two instances of an application share one Redis server. Simulated users send
// requests to the instances and check the answers.
//
//   - [Run] runs the simulation, which is called a storm, and returns a [Report].
//   - instance.go contains the application and an HTTP client for it.
//   - proxy.go and redisfaults.go make Redis fail. wechatfaults.go makes WeChat fail.
//   - truth.go contains the oracle. It records what is known about each login and checks
//     whether an answer can be right.
//   - user.go, userlogins.go, userends.go and races.go contain the actions of the users and
//     further checks.
//
// # The oracle
//
// A user performs one action at a time, and no user changes the logins of another user.
// So after a successful operation, the user knows what must be true: The token of a login
// that has ended must not work again. Saved data must be readable. Right after a login,
// both instances must be able to decrypt data with the new session_key.
//
// An operation that failed may still have taken effect. It may even take effect later,
// if its command was still on the way to Redis. So after a failure, the user accepts
// answers that show the effect, and answers that do not.
//
// An instance must never refuse a valid token with 401. If a request fails because of
// the store, the instance must answer 503 or break the connection. With cached reads,
// Require is allowed to accept the token of an ended login for a few seconds, if another
// instance has ended the login.
package storm
