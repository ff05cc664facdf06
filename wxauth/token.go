package wxauth

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
)

// BearerToken returns the token in a request's Authorization header (RFC 6750 section
// 2.1), or "" if there is none. If the request has several Authorization headers,
// BearerToken returns "". BearerToken does not read cookies, because wx.request does not
// manage cookies.
func BearerToken(r *http.Request) string {
	h := r.Header["Authorization"]
	const scheme = "Bearer "
	if len(h) != 1 || len(h[0]) < len(scheme) || !strings.EqualFold(h[0][:len(scheme)], scheme) {
		return ""
	}
	return strings.TrimLeft(h[0][len(scheme):], " ")
}

// HeaderToken returns a function for Config.Token. The function returns the value of
// the named header. If the header is missing or occurs several times, the function
// returns "". Do not choose a name that starts with X-WX-, because the product WeChat
// Gateway removes such headers.
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
// token, without "Bearer" before it.
func lacksScheme(r *http.Request) bool {
	h := r.Header["Authorization"]
	return len(h) == 1 && wellFormedToken(h[0])
}

const (
	tokenLength   = 43 // 32 bytes in unpadded base64url, like the tokens of scs
	loginIDLength = 22 // 16 bytes in unpadded base64url
)

func newToken() string   { return randomText(32) }
func newLoginID() string { return randomText(16) }

// randomText returns n random bytes in unpadded base64url.
func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never returns an error
	return base64.RawURLEncoding.EncodeToString(b)
}

// wellFormedToken reports whether a token has the form of the tokens that newToken and
// scs make. This package does not read the store for a token of another form.
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
