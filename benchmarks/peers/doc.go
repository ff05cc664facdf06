// Package peers compares wxauth with other modules. It is a module of its own, so that
// the root module does not require gorilla/sessions, golang-jwt, jwtauth or rueidis. The
// package contains only benchmarks. Sub-benchmarks that have the same name in this package
// and in package benchmarks do the same work.
//
//   - request_test.go: a request of a logged-in user with gorilla/sessions,
//     golang-jwt and go-chi/jwtauth.
//   - redis_test.go: a request with the session in Redis, read with rueidis or redigo.
package peers
