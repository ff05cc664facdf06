// Command server is a server for BenchmarkLoopback. It serves a bare handler, wxauth's
// Require, or scs with its defaults, on a free port of the loopback address. It prints
// two lines: the URL, and the header that a logged-in user sends. It ends when its
// standard input is closed.
package main
