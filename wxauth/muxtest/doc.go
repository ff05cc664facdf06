// Package muxtest tests wxauth under the routers and frameworks that build on
// net/http: the standard ServeMux, chi, gorilla/mux, gin, echo (v4 and v5),
// go-zero and kratos. It has no code of its own.
//
// There is one file for each framework. Its first function mounts the handlers in
// the framework's usual way and is made to be copied. The tests of
// frameworks_test.go send the same requests to all of them.
package muxtest
