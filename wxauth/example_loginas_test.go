package wxauth_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"example.com/wxlogin/wxauth"
)

type jwtLogins struct {
	auth  *wxauth.Auth
	appID string
	key   []byte
}

// verify is a placeholder. A real verify checks the signature, issuer and expiry of a JWT.
func (j jwtLogins) verify(token string) (openID string, expires time.Time, ok bool) {
	if token != "a JWT that "+string(j.key)+" has signed" {
		return "", time.Time{}, false
	}
	return "openid-of-alice", time.Now().Add(2 * time.Hour), true
}

// accept is a middleware that lets Require accept a JWT instead of a token of wxauth.
// Revoke does not end a JWT.
func (j jwtLogins) accept(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if openID, _, ok := j.verify(wxauth.BearerToken(r)); ok {
			r = r.WithContext(wxauth.NewContext(r.Context(), wxauth.Identity{AppID: j.appID, OpenID: openID}))
		}
		next.ServeHTTP(w, r)
	})
}

// exchange answers a valid JWT with the token of a new login. Unless Renew is called, the
// new login ends when the JWT expires, or earlier. LoginAs does not verify the identity, so
// the openid must come from the verified JWT.
func (j jwtLogins) exchange(w http.ResponseWriter, r *http.Request) {
	openID, expires, ok := j.verify(wxauth.BearerToken(r))
	if !ok {
		j.auth.WriteError(w, r, wxauth.ErrNotLoggedIn)
		return
	}
	login, err := j.auth.LoginAs(r.Context(), wxauth.Identity{AppID: j.appID, OpenID: openID, Until: expires})
	if err != nil {
		j.auth.WriteError(w, r, err)
		return
	}
	j.auth.WriteLogin(w, r, login)
}

// LoginAs makes a login without a code, for a user whose identity the application has
// verified itself. In this example, the application issued JWTs before it used wxauth.
// Clients can exchange these JWTs for tokens of wxauth.
func ExampleAuth_LoginAs() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{miniProgram}})
	if err != nil {
		log.Fatal(err)
	}
	old := jwtLogins{auth, miniProgram.ID, []byte("the key")}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /exchange", old.exchange)
	mux.Handle("GET /me", old.accept(auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, wxauth.OpenID(r.Context()))
	}))))
	request := func(method, target, token string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(method, target, nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+token)
		mux.ServeHTTP(w, r)
		return w
	}
	const jwt = "a JWT that the key has signed"
	fmt.Println(request("GET", "/me", jwt).Body)
	var login struct {
		Token   string
		Seconds int `json:"expires_in"`
	}
	json.Unmarshal(request("POST", "/exchange", jwt).Body.Bytes(), &login)
	fmt.Println(request("GET", "/me", login.Token).Body, login.Seconds <= 2*60*60)
	fmt.Println(request("POST", "/exchange", "a forged JWT").Code)
	// Output:
	// openid-of-alice
	// openid-of-alice true
	// 401
}
