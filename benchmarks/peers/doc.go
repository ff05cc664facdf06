// Package peers compares wxauth with other modules. The root module must not require
// these modules. The package contains only tests. Each benchmark measures other modules
// and wxauth. A row of package benchmarks with the same name does the same work.
//
//   - request_test.go: a request of a logged-in user with gorilla/sessions,
//     golang-jwt and go-chi/jwtauth.
//   - redis_test.go: a request with the session in Redis, read with rueidis.
package peers
