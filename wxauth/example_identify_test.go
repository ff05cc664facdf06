package wxauth_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
)

func home(w http.ResponseWriter, r *http.Request) {
	if id, ok := wxauth.FromContext(r.Context()); ok {
		fmt.Println("a user of", id.AppID)
	} else {
		fmt.Println("a visitor")
	}
}

// Identify is for pages that visitors can see without a login.
func ExampleAuth_Identify() {
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}}})
	if err != nil {
		log.Fatal(err)
	}
	auth.Identify(http.HandlerFunc(home)).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	// Output: a visitor
}
