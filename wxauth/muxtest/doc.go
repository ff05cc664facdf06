// Package muxtest tests wxauth with routers and frameworks that are based on net/http:
// the standard ServeMux, chi, gorilla/mux, gin, echo (v4 and v5), go-zero and kratos.
// It contains only tests.
//
// Each framework has one file. The first function in the file mounts the handlers in
// the framework's usual way, and is meant for copying. The tests in frameworks_test.go
// send the same requests to all frameworks. The folders chiprogram and ginprogram have
// whole programs around these functions.
//
// Hertz and fiber are not based on net/http. They have tests of their own.
package muxtest
