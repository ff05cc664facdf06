// Command server is the HTTP server that BenchmarkLoopback measures. Its argument selects
// the handler: "bare" checks no login, "wxauth" uses Auth.Require, and "scs" uses scs with
// its defaults. The server prints two lines: the URL, and a request header with the token
// or the cookie of a logged-in user. For "bare", the header contains no valid token. The
// server ends when its standard input is closed.
package main
