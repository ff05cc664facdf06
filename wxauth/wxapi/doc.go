// Package wxapi is a client of WeChat's server API: the calls that a mini
// program's login needs, and those that use the session_key it brings.
//
// It knows HTTP and errcodes, and nothing of sessions. Most applications use
// it through package wxauth.
//
// What is secret in a call (AppSecret, access token, code, signature and the
// reply) is known to the innermost transport alone. No error of this package
// quotes it. What it can't help is net/http's own log: should a peer send more
// than its reply over HTTP/1.1, http.Transport writes the surplus to the
// standard logger.
package wxapi
