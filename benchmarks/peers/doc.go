// Package peers compares wxauth with other modules, which the root module must not
// require. It contains only tests. Each benchmark measures other modules and wxauth
// side by side. Rows that are also in package benchmarks mean the same in both packages.
//
//   - request_test.go: a request of a logged-in user with gorilla/sessions,
//     golang-jwt and go-chi/jwtauth.
//   - redis_test.go: a request with the session in Redis, read with rueidis.
package peers
