package peers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-chi/jwtauth/v5"
	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/sessions"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/wxauth"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

type userKey struct{}

func userOf(ctx context.Context) string {
	s, _ := ctx.Value(userKey{}).(string)
	return s
}

type claims struct {
	OpenID string `json:"openid"`
	jwt.RegisteredClaims
}

func newClaims() claims {
	now := time.Now()
	return claims{rig.OpenID, jwt.RegisteredClaims{
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(7 * 24 * time.Hour)),
	}}
}

func golangJWT(tb testing.TB) rig.Row {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, newClaims()).SignedString(secret)
	if err != nil {
		tb.Fatal(err)
	}
	key := func(*jwt.Token) (any, error) { return secret, nil }
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	next := rig.Me(userOf)
	return rig.Row{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c claims
		if _, err := parser.ParseWithClaims(rig.Bearer(r), &c, key); err != nil {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, c.OpenID)))
	}), Request: rig.Request(token)}
}

// chiJWTAuth returns a row for go-chi/jwtauth as its README sets it up.
func chiJWTAuth(tb testing.TB) rig.Row {
	auth := jwtauth.New("HS256", secret, nil)
	c := map[string]any{"openid": rig.OpenID}
	jwtauth.SetIssuedNow(c)
	jwtauth.SetExpiryIn(c, 7*24*time.Hour)
	_, token, err := auth.Encode(c)
	if err != nil {
		tb.Fatal(err)
	}
	me := rig.Me(func(ctx context.Context) string {
		_, claims, _ := jwtauth.FromContext(ctx)
		s, _ := claims["openid"].(string)
		return s
	})
	return rig.Row{Handler: jwtauth.Verifier(auth)(jwtauth.Authenticator(auth)(me)), Request: rig.Request(token)}
}

func gorilla(tb testing.TB) rig.Row {
	store := sessions.NewCookieStore(secret)
	w := httptest.NewRecorder()
	session, err := store.Get(rig.Request(""), "session")
	if err != nil {
		tb.Fatal(err)
	}
	session.Values["openid"] = rig.OpenID
	if err := session.Save(rig.Request(""), w); err != nil {
		tb.Fatal(err)
	}
	r := rig.Request("")
	r.AddCookie(w.Result().Cookies()[0])
	next := rig.Me(userOf)
	return rig.Row{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The benchmark calls this handler many times with the same request. store.Get
		// caches the session in the context of the request. Without a copy of the
		// request, store.Get would find the session of an earlier call.
		r = r.WithContext(r.Context())
		session, err := store.Get(r, "session")
		openID, ok := session.Values["openid"].(string)
		if err != nil || !ok {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, openID)))
	}), Request: r}
}

// BenchmarkRequest measures a logged-in user's request, without a network.
func BenchmarkRequest(b *testing.B) {
	for _, row := range []struct {
		name string
		row  rig.Row
	}{
		{"floor", rig.Map(rig.Plain)},
		{"require", rig.Require(wxauth.NewSessions())},
		{"golang-jwt", golangJWT(b)},
		{"chi-jwtauth", chiJWTAuth(b)},
		{"gorilla-sessions", gorilla(b)},
		{"scs-default", rig.SCSDefault(nil)},
	} {
		b.Run(row.name, func(b *testing.B) { rig.Serve(b, row.row) })
	}
}
