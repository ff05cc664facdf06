package cloudrun

import (
	"net/http"
	"slices"
	"strings"

	"example.com/wxlogin/wxauth"
)

// Identify returns a middleware that reads the user from WeChat Cloud Run's headers and
// puts the user's identity into the context of the request. Read the package comment
// first, because it explains when the headers are safe. If the headers name no user, or
// break one of the rules below, Identify passes the request on unchanged.
//
//   - X-WX-SOURCE must not be empty. WeChat sets this header on requests that come
//     through WeChat.
//   - X-WX-OPENID is the openid of the user. X-WX-APPID is the AppID of the mini
//     program and must be one of appIDs. X-WX-UNIONID can be missing or empty.
//   - WeChat sends X-WX-FROM-* headers if the request comes from a mini program that
//     uses the Cloud Run environment of another mini program. If any X-WX-FROM-* header
//     is present, even an empty one, Identify reads X-WX-FROM-OPENID, X-WX-FROM-APPID
//     and X-WX-FROM-UNIONID in place of X-WX-OPENID, X-WX-APPID and X-WX-UNIONID.
//   - A request with both an X-WX-FROM-* header and X-WX-OPENID identifies nobody.
//     Perhaps a client has added one of the two headers, and a gateway has passed it on.
//     WeChat's pages disagree on whether WeChat itself sends both X-WX-OPENID and
//     X-WX-FROM-OPENID.
//   - An openid, an AppID and a unionid must each have at most 128 characters. The
//     characters must be ASCII letters, digits, "_" or "-". If the header that Identify
//     reads for such a value is repeated or malformed, the request identifies nobody. For
//     example, a header is malformed if a proxy has joined several values in it.
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

// headers maps the canonical names of Cloud Run's headers, without the prefix "X-Wx-",
// to their values.
type headers map[string][]string

// readHeaders ignores the case of header names, because a server other than net/http's can
// pass them on in lower case.
func readHeaders(h http.Header) headers {
	found := make(headers)
	for name, values := range h {
		if name, ok := strings.CutPrefix(http.CanonicalHeaderKey(name), prefix); ok {
			found[name] = append(found[name], values...)
		}
	}
	return found
}

// identity checks all rules in the doc comment of Identify but one: the caller checks that
// the AppID is one of appIDs.
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
	id.UnionID, ok = h.value(from + "Unionid") // a missing unionid is allowed; a repeated or malformed unionid is not
	return id, ok && id.AppID != "" && id.OpenID != ""
}

const maxValue = 128

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
