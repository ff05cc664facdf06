// Package storm tests package wxauth and a store while WeChat and Redis fail in many
// ways. Two instances of an application share one Redis server. Simulated users send
// requests and check every answer.
//
//   - [Run] runs the simulation, which is called a storm, and returns a [Report].
//   - instance.go contains the application and its client.
//   - proxy.go and redisfaults.go make Redis fail. wechatfaults.go makes WeChat fail.
//   - truth.go is the oracle. It records the state of each login and decides which
//     answers are wrong.
//   - user.go and races.go contain the actions of the users.
//
// # The oracle
//
// Each user runs in one goroutine, and no other user changes its logins. So the user
// can predict the answers. After a successful answer, the effect of the operation is
// certain. A logged-out token must never work again. Saved data must be readable. Both
// instances must decrypt data with a new session_key.
//
// An operation that failed may still have taken effect. It may even take effect later,
// if its command was still on the way to Redis. The user then accepts both outcomes. A
// later answer can show which outcome is true.
//
// The server must never refuse a valid token with 401. If the store fails, the server
// must answer 503. With cached reads, Require may accept a token for a few seconds
// after another instance has ended the login.
package storm
