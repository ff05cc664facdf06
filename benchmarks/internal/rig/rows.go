package rig

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// Plain returns the store key that a session manager without HashTokenInStore uses for a
// token: the token itself.
func Plain(token string) string { return token }

// Map returns a row that looks up the user's openid in a map and puts the openid into the
// context.
func Map(storeKey func(token string) string) Row {
	var mu sync.RWMutex
	token := strings.Repeat("t", 43)
	users := map[string]string{storeKey(token): OpenID}
	return lookUp(token, func(r *http.Request) string {
		key := storeKey(Bearer(r))
		mu.RLock()
		defer mu.RUnlock()
		return users[key]
	})
}

// Store returns a row that reads a session from a stores.Memory and puts the openid of the
// session into the context.
func Store(storeKey func(token string) string) Row {
	store, codec := stores.NewMemory(), stores.Codec{}
	token, until := strings.Repeat("t", 43), time.Now().Add(time.Hour)
	b, err := codec.Encode(until, map[string]any{"openid": OpenID})
	if err != nil {
		panic(err)
	}
	store.Commit(storeKey(token), b, until)
	return lookUp(token, func(r *http.Request) string {
		b, _, _ := store.FindCtx(r.Context(), storeKey(Bearer(r)))
		user, _, _ := codec.LookupString(b, "openid")
		return user
	})
}

func lookUp(token string, find func(*http.Request) string) Row {
	type key struct{}
	next := Me(func(ctx context.Context) string { s, _ := ctx.Value(key{}).(string); return s })
	return Row{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, find(r))))
	}), Request(token)}
}

// Require returns a row for Auth.Require with the given session manager.
func Require(sessions *scs.SessionManager) Row {
	auth, _, token := NewAuth(sessions)
	return Row{auth.Require(Me(wxauth.OpenID)), Request(token)}
}

// SCSDefault returns a row for scs as its README sets it up, with a cookie and gob.
func SCSDefault(store scs.Store) Row {
	sessions := scs.New()
	if store != nil {
		sessions.Store = store
	}
	w := httptest.NewRecorder()
	sessions.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "openid", OpenID)
	})).ServeHTTP(w, Request(""))
	r := Request("")
	for _, cookie := range w.Result().Cookies() {
		r.AddCookie(cookie)
	}
	return Row{sessions.LoadAndSave(Me(func(ctx context.Context) string { return sessions.GetString(ctx, "openid") })), r}
}

// SCSBearer returns a row that loads a session of scs by a bearer token instead of a
// cookie, and does not save the session.
func SCSBearer(sessions *scs.SessionManager) Row {
	ctx, err := sessions.Load(context.Background(), "")
	if err != nil {
		panic(err)
	}
	sessions.Put(ctx, "openid", OpenID)
	token, _, err := sessions.Commit(ctx)
	if err != nil {
		panic(err)
	}
	next := Me(func(ctx context.Context) string { return sessions.GetString(ctx, "openid") })
	return Row{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := sessions.Load(r.Context(), Bearer(r))
		if err != nil {
			panic(err)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	}), Request(token)}
}
