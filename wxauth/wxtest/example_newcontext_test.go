package wxtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
)

// greet is the handler under test. In production, Auth.Require wraps it.
func greet(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, "hello, "+wxauth.OpenID(r.Context()))
}

// If a handler only reads the identity, its test needs no fake WeChat. NewContext returns
// a context with an identity.
func Example_newContext() {
	r := httptest.NewRequest("GET", "/greet", nil)
	r = r.WithContext(wxauth.NewContext(r.Context(), wxauth.Identity{
		AppID:  "wx4f4bc4dec97d474b",
		OpenID: "oGZUI0egBJY1zhBYw2KhdUfwVJJE",
	}))
	w := httptest.NewRecorder()
	greet(w, r)
	fmt.Println(w.Body)
	// Output: hello, oGZUI0egBJY1zhBYw2KhdUfwVJJE
}
