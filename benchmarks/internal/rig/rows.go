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

// Floor is the least that any such middleware does: find the token in a map,
// put what is found into the context, read it there. It does not even look
// whether there is something.
func Floor() Row {
	type key struct{}
	var mu sync.RWMutex
	token := strings.Repeat("t", 43)
	users := map[string]string{token: OpenID}
	next := Me(func(ctx context.Context) string { s, _ := ctx.Value(key{}).(string); return s })
	return Row{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.RLock()
		user := users[Bearer(r)]
		mu.RUnlock()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, user)))
	}), Request(token)}
}

// HashedFloor is Floor where a token is not kept as it is.
func HashedFloor() Row {
	type key struct{}
	var mu sync.RWMutex
	token := strings.Repeat("t", 43)
	users := map[string]string{StoredKey(token): OpenID}
	next := Me(func(ctx context.Context) string { s, _ := ctx.Value(key{}).(string); return s })
	return Row{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hashed := StoredKey(Bearer(r))
		mu.RLock()
		user := users[hashed]
		mu.RUnlock()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, user)))
	}), Request(token)}
}

// StoreFloor is Floor where users are in a store, encoded as scs has its store
// keep them, under a token as it is or hashed.
func StoreFloor(storedKey func(token string) string) Row {
	type key struct{}
	store, codec := stores.NewMemory(), stores.Codec{}
	token, until := strings.Repeat("t", 43), time.Now().Add(time.Hour)
	b, err := codec.Encode(until, map[string]any{"openid": OpenID})
	if err != nil {
		panic(err)
	}
	store.Commit(storedKey(token), b, until)
	next := Me(func(ctx context.Context) string { s, _ := ctx.Value(key{}).(string); return s })
	return Row{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _, _ := store.FindCtx(r.Context(), storedKey(Bearer(r)))
		user, _, _ := codec.LookupString(b, "openid")
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, user)))
	}), Request(token)}
}

// Require is wxauth's middleware.
func Require(sessions *scs.SessionManager) Row {
	auth, _, token := NewAuth(sessions)
	return Row{auth.Require(Me(wxauth.OpenID)), Request(token)}
}

// SCSDefault is scs as its README sets it up, on a store of its own or another:
// a cookie and gob.
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

// SCSBearer is scs with a bearer token and no cookie. It only loads.
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
