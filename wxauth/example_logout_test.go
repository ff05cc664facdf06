package wxauth_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
)

// getLogout serves GET /logout for old clients, which expect a JSON object with HTTP
// status 200. LogoutHandler accepts only POST and DELETE, and answers a successful logout
// with 204.
type getLogout struct{ auth *wxauth.Auth }

func (g getLogout) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := g.auth.Logout(r); err != nil { // for example, the store failed, so the user may still be logged in
		g.auth.WriteError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"code":0,"msg":"ok"}`)
}

// Logout is for handlers that write their own answer to a logout.
func ExampleAuth_Logout() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{miniProgram}})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /logout", getLogout{auth})
	mux.Handle("GET /session", auth.SessionHandler())

	// In production, LoginHandler makes the login.
	login, err := auth.LoginAs(context.Background(), wxauth.Identity{AppID: miniProgram.ID, OpenID: "openid-of-alice"})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/session", "/logout", "/session", "/logout"} {
		r, w := httptest.NewRequest("GET", path, nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+login.Token)
		mux.ServeHTTP(w, r)
		fmt.Println(path, w.Code)
	}
	// Output:
	// /session 200
	// /logout 200
	// /session 401
	// /logout 200
}
