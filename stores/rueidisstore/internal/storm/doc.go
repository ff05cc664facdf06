// Package storm tests package wxauth and a store while WeChat and Redis fail in many
// ways. Two instances of an application share one Redis server. Simulated users send
// requests to the instances and check the answers.
//
//   - [Run] runs the simulation, which is called a storm, and returns a [Report].
//   - instance.go contains the application and its client.
//   - proxy.go and redisfaults.go make Redis fail. wechatfaults.go makes WeChat fail.
//   - truth.go contains the oracle. It records what is known about each login and checks
//     whether an answer can be right.
//   - user.go and races.go contain the actions of the users and further checks.
//
// # The oracle
//
// A user performs one action at a time, and no user changes the logins of another user.
// So a user can predict the answers. After a successful answer, the effect of the
// operation is certain. A token that was logged out must not work again. Saved data must
// be readable. Both instances must be able to decrypt data with a new session_key.
//
// An operation that failed may still have taken effect. It may even take effect later,
// if its command was still on the way to Redis. So after a failure, the user accepts the
// answers of both cases. A later answer can show whether the operation took effect.
//
// An instance must never refuse a valid token with 401. If a request fails because of
// the store, the instance must answer 503 or break the connection. With cached reads,
// Require is allowed to accept the token of an ended login for a few seconds, if another
// instance has ended the login.
package storm
