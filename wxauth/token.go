package wxauth

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
)

// BearerToken returns the token of a request's Authorization header, as RFC
// 6750 section 2.1 has it, or "". wx.request can set that header, and has no
// cookies of its own.
func BearerToken(r *http.Request) string {
	h := r.Header["Authorization"]
	const scheme = "Bearer "
	if len(h) != 1 || len(h[0]) < len(scheme) || !strings.EqualFold(h[0][:len(scheme)], scheme) {
		return ""
	}
	return strings.TrimLeft(h[0][len(scheme):], " ")
}

// HeaderToken returns a Config.Token that takes the token from the named
// header. A name that starts with X-WX- does not pass WeChat's gateway.
func HeaderToken(name string) func(*http.Request) string {
	name = http.CanonicalHeaderKey(name)
	return func(r *http.Request) string {
		if h := r.Header[name]; len(h) == 1 {
			return h[0]
		}
		return ""
	}
}

// tokenLength is that of 32 bytes in unpadded base64url, as scs makes tokens.
const tokenLength = 43

func newToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// wellFormed reports whether a token can be one of newToken or scs. Nothing
// else ever reaches the store.
func wellFormed(token string) bool {
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
