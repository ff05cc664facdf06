// Command server is the server of BenchmarkLoopback. Its argument selects a bare
// handler, wxauth's Require, or scs with its defaults. It listens on a free port of the
// loopback address. It prints two lines: the URL, and the request header that
// identifies a logged-in user. It ends when its standard input is closed.
package main
