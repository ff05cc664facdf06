package cloudrun

import (
	"net/http"
	"slices"
	"strings"

	"example.com/wxlogin/wxauth"
)

// Identify returns a middleware that puts the user whom WeChat Cloud Run has
// verified into the context of a request. Read the package comment first: it
// says when that is safe. A request that names no user, or not in the form below,
// is passed on as it is, and Require decides about it.
//
//   - X-WX-SOURCE must be there: WeChat's link sets it.
//   - X-WX-OPENID is the user and X-WX-APPID the mini program, which must be one
//     of appIDs. X-WX-UNIONID may be there.
//   - If any X-WX-FROM-* header is there, even an empty one, the environment is
//     shared with another mini program. Then X-WX-FROM-OPENID, X-WX-FROM-APPID
//     and X-WX-FROM-UNIONID count instead. An X-WX-OPENID beside them identifies
//     nobody: if headers of clients are passed on, one of the two is forged.
//     WeChat's pages disagree on whether its own requests can have both.
//   - A value must be one header of 1 to 128 letters, digits, "_" and "-". A
//     header that is repeated, or joined by a proxy, identifies nobody.
//
// Without appIDs, Identify identifies nobody.
func Identify(appIDs ...string) func(next http.Handler) http.Handler {
	appIDs = slices.Clone(appIDs)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, ok := readHeaders(r.Header).identity()
			if ok && slices.Contains(appIDs, id.AppID) {
				r = r.WithContext(wxauth.NewContext(r.Context(), id))
			}
			next.ServeHTTP(w, r)
		})
	}
}

const prefix = "X-Wx-"

// headers are the headers of Cloud Run, by their canonical name without the
// prefix.
type headers map[string][]string

// readHeaders collects the headers of Cloud Run. A server that is not net/http's
// may hand over names in lower case; they count, too, so that none is missed.
func readHeaders(h http.Header) headers {
	found := make(headers)
	for name, values := range h {
		if name, ok := strings.CutPrefix(http.CanonicalHeaderKey(name), prefix); ok {
			found[name] = append(found[name], values...)
		}
	}
	return found
}

// identity returns the user whom the headers name.
func (h headers) identity() (id wxauth.Identity, ok bool) {
	if strings.Join(h["Source"], "") == "" {
		return wxauth.Identity{}, false
	}
	from := ""
	for name := range h {
		if strings.HasPrefix(name, "From-") {
			from = "From-"
		}
	}
	if _, both := h["Openid"]; both && from != "" {
		return wxauth.Identity{}, false
	}
	id.AppID, _ = h.value(from + "Appid")
	id.OpenID, _ = h.value(from + "Openid")
	id.UnionID, ok = h.value(from + "Unionid") // may be missing, but not malformed
	return id, ok && id.AppID != "" && id.OpenID != ""
}

const maxValue = 128

// value returns the value of a header, or "" without one. It reports false for a
// header that is repeated or malformed.
func (h headers) value(name string) (string, bool) {
	values := h[name]
	if len(values) == 0 {
		return "", true
	}
	if len(values) > 1 || len(values[0]) > maxValue || strings.ContainsFunc(values[0], malformed) {
		return "", false
	}
	return values[0], true
}

func malformed(r rune) bool {
	return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '_' || r == '-')
}
