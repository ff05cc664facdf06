package playground

import (
	"context"
	"crypto/rand"
	"net/http"
)

const (
	visitorCookie = "wxauth_playground"
	visitorLength = 26 // of rand.Text
)

// deviceHeader says which phone of the page sends a request: "1" or "2".
const deviceHeader = "Playground-Phone"

// origin tells where a request comes from. A client other than the page has no device.
// Such a client has a visitor only if it sends the cookie.
type origin struct{ visitor, device string }

// originOf returns the origin of a request.
func originOf(r *http.Request) origin {
	from := origin{visitorOf(r), r.Header.Get(deviceHeader)}
	if from.visitor == "" || from.device != "1" && from.device != "2" {
		from.device = ""
	}
	return from
}

type originKey struct{}

func withOrigin(ctx context.Context, from origin) context.Context {
	return context.WithValue(ctx, originKey{}, from)
}

// originIn returns the origin of the request with the context ctx.
func originIn(ctx context.Context) origin {
	from, _ := ctx.Value(originKey{}).(origin)
	return from
}

// visitorOf returns the name of a visitor of the page, or "".
func visitorOf(r *http.Request) string {
	c, err := r.Cookie(visitorCookie)
	if err != nil || len(c.Value) != visitorLength {
		return ""
	}
	return c.Value
}

// welcome gives a new visitor a name, in a cookie. Each visitor has two phones and sees
// the arrows of these two phones.
func welcome(w http.ResponseWriter, r *http.Request) {
	if visitorOf(r) != "" {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: visitorCookie, Value: rand.Text(), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}
