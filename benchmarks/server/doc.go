// Command server is the server of BenchmarkLoopback. Its argument selects a bare
// handler, wxauth's Require, or scs with its defaults. The server listens on a free port
// of the loopback address. It prints two lines: the URL, and a request header with the
// token or the cookie of a logged-in user. For the bare handler, the header contains no
// valid token. The server ends when its standard input is closed.
package main
