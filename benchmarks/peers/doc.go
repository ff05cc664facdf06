// Package peers compares wxauth with other modules. The root module must not require
// these modules. The package contains only benchmarks. Some rows have the same name as a
// row of package benchmarks, and do the same work.
//
//   - request_test.go: a request of a logged-in user with gorilla/sessions,
//     golang-jwt and go-chi/jwtauth.
//   - redis_test.go: a request with the session in Redis, read with rueidis or redigo.
package peers
