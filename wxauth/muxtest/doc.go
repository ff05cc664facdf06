// Package muxtest tests wxauth with routers and frameworks that are based on net/http:
// the standard ServeMux, chi, gorilla/mux, gin, echo (v4 and v5), go-zero and kratos. It
// contains only tests.
//
// Each framework has one file. The first functions in the file mount the handlers in the
// framework's usual way. They are shown in wxauth/docs/frameworks.md and can be copied.
// The tests in frameworks_test.go send the same requests to all frameworks. The folders
// chiprogram and ginprogram contain complete programs with the routes of chi and gin.
//
// Hertz and fiber are not based on net/http. Each has its own test in this package.
package muxtest
