// Package peers compares wxauth with other modules. It is a module of its own, so that
// the root module does not require gorilla/sessions, golang-jwt, jwtauth or rueidis. The
// package contains only benchmarks. If package benchmarks has a sub-benchmark of the same
// name, both do the same work.
//
//   - request_test.go: a request of a logged-in user with gorilla/sessions,
//     golang-jwt and go-chi/jwtauth.
//   - redis_test.go: a request with the session in Redis, read with rueidis or redigo.
package peers
