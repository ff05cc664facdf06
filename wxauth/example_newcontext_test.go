package wxauth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
)

func orders(w http.ResponseWriter, r *http.Request) {
	id, ok := wxauth.FromContext(r.Context())
	if !ok {
		http.Error(w, "no user", http.StatusUnauthorized)
		return
	}
	fmt.Fprint(w, "orders of ", id.UserID)
}

// NewContext lets a test call a handler without a login. To test the login itself, use
// package wxtest.
func ExampleNewContext() {
	r := httptest.NewRequest("GET", "/orders", nil)
	r = r.WithContext(wxauth.NewContext(r.Context(), wxauth.Identity{AppID: "wx4f4bc4dec97d474b", OpenID: "openid-of-alice", UserID: "u7"}))
	w := httptest.NewRecorder()
	orders(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 orders of u7
}
