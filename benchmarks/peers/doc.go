// Package peers measures wxauth beside other modules, which the root module must
// not require. It has tests alone. Each row stands beside wxauth's own row in the
// same run, and the rows that both have mean the same as in package benchmarks.
//
//   - request_test.go: a request of a logged-in user with gorilla/sessions,
//     golang-jwt and go-chi/jwtauth.
//   - redis_test.go: the same with sessions in Redis through rueidis.
package peers
