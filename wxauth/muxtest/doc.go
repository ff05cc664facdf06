// Package muxtest tests wxauth with routers and frameworks that are based on net/http:
// the standard ServeMux, chi, gorilla/mux, gin, echo (v4 and v5), go-zero and kratos. Two
// more tests use hertz and fiber, which are not based on net/http.
//
// Each framework has a file with functions that mount wxauth's handlers in the framework's
// usual way. wxauth/docs/frameworks.md shows some of these functions. The tests in
// frameworks_test.go send the same requests through each framework that is based on
// net/http. The folders chiprogram and ginprogram contain complete programs for chi and
// gin.
package muxtest
