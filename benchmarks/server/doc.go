// Command server is a server for BenchmarkLoopback: a bare handler, wxauth's
// Require, or scs with its defaults, on a port of loopback that was free. It
// prints two lines: the URL, and the header that a logged-in user sends. It ends
// when its standard input is closed.
package main
