package cloudrun_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/cloudrun"
)

// findUser simulates a query of the application's database. It refuses a banned user on
// every request, because ending the user's logins does not stop requests through Cloud Run.
func findUser(_ context.Context, id wxauth.Identity) (userID string, err error) {
	if id.OpenID == "banned" {
		return "", wxauth.ErrDenied
	}
	return "user 42", nil
}

// withUser is a middleware that sets the UserID of a Cloud Run user.
func withUser(auth *wxauth.Auth, next http.Handler) http.Handler {
	return auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := wxauth.FromContext(r.Context())
		var err error
		if id.UserID, err = findUser(r.Context(), id); err != nil {
			auth.WriteError(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(wxauth.NewContext(r.Context(), id)))
	}))
}

// The mini program calls the server with wx.cloud.callContainer. The middleware withUser
// looks up the user's UserID, and refuses banned users.
func ExampleIdentify() {
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{cloudrun.App("wx4f4bc4dec97d474b")}})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /me", withUser(auth, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := wxauth.FromContext(r.Context())
		fmt.Fprint(w, "hello, ", id.UserID)
	})))
	handler := cloudrun.Identify("wx4f4bc4dec97d474b")(mux)

	for _, openID := range []string{"oGZUI0egBJY1zhBYw2KhdUfwVJJE", "banned"} {
		r := httptest.NewRequest("GET", "/me", nil)
		r.Header.Set("X-WX-SOURCE", "wx_client") // WeChat adds these three headers
		r.Header.Set("X-WX-APPID", "wx4f4bc4dec97d474b")
		r.Header.Set("X-WX-OPENID", openID)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 hello, user 42
	// 403 {"title":"Forbidden","status":403,"detail":"this user may not log in","code":"login_denied"}
}
