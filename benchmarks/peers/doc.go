// Package peers compares wxauth with other modules. It is a module of its own, so that
// the root module does not require gorilla/sessions, golang-jwt, jwtauth or rueidis.
// Benchmarks with the same full name in this package and in package benchmarks, such as
// BenchmarkRequest/require, do the same work.
//
//   - request_test.go: a request of a logged-in user with gorilla/sessions,
//     golang-jwt and go-chi/jwtauth.
//   - redis_test.go: a request with the session in Redis, read with rueidis or redigo.
package peers
