package playground

import (
	"context"
	"crypto/rand"
	"net/http"
)

const (
	visitorCookie = "wxauth_playground"
	visitorLength = 26 // the length of a text from rand.Text
)

// deviceHeader is the request header in which the page sends "1" or "2", the number of one
// of its two simulated phones.
const deviceHeader = "Playground-Phone"

// origin identifies the sender of a request. origin.device is "" if the request has no
// valid deviceHeader.
type origin struct{ visitor, device string }

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

func originIn(ctx context.Context) origin {
	from, _ := ctx.Value(originKey{}).(origin)
	return from
}

// visitorOf returns the value of the cookie that identifies a visitor of the page, or "".
func visitorOf(r *http.Request) string {
	c, err := r.Cookie(visitorCookie)
	if err != nil || len(c.Value) != visitorLength {
		return ""
	}
	return c.Value
}

// welcome sets the cookie of a new visitor to a random text.
func welcome(w http.ResponseWriter, r *http.Request) {
	if visitorOf(r) != "" {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: visitorCookie, Value: rand.Text(), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}
