package wxauth

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
)

// BearerToken returns the token of a request's Authorization header, as RFC 6750
// section 2.1 defines it, or "". It returns "" for a request with several such
// headers. wx.request can set the Authorization header, but does not manage
// cookies.
func BearerToken(r *http.Request) string {
	h := r.Header["Authorization"]
	const scheme = "Bearer "
	if len(h) != 1 || len(h[0]) < len(scheme) || !strings.EqualFold(h[0][:len(scheme)], scheme) {
		return ""
	}
	return strings.TrimLeft(h[0][len(scheme):], " ")
}

// HeaderToken returns a Config.Token that takes the token from the named header.
// For a request with several such headers the token is "". WeChat's gateway removes
// headers whose name starts with X-WX-.
//
// https://developers.weixin.qq.com/miniprogram/security/gateway/
func HeaderToken(name string) func(*http.Request) string {
	name = http.CanonicalHeaderKey(name)
	return func(r *http.Request) string {
		if h := r.Header[name]; len(h) == 1 {
			return h[0]
		}
		return ""
	}
}

// lacksScheme reports whether a request's Authorization header contains only a
// token, without "Bearer" before the token.
func lacksScheme(r *http.Request) bool {
	h := r.Header["Authorization"]
	return len(h) == 1 && wellFormedToken(h[0])
}

const (
	tokenLength   = 43 // 32 bytes in unpadded base64url, like the tokens of scs
	loginIDLength = 22 // 16 bytes
)

func newToken() string   { return randomText(32) }
func newLoginID() string { return randomText(16) }

// randomText returns n random bytes in base64url.
func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// wellFormedToken reports whether a token has the form of the tokens of newToken
// and scs. Other tokens are never looked up in the store.
func wellFormedToken(token string) bool {
	if len(token) != tokenLength {
		return false
	}
	for i := range len(token) {
		c := token[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
