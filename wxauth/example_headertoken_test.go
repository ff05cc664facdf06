package wxauth_test

import (
	"fmt"
	"log"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
)

var headerApp = wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}

// HeaderToken is for clients that send the token in a header other than Authorization.
func ExampleHeaderToken() {
	token := wxauth.HeaderToken("Session-Token")
	if _, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{headerApp}, Token: token}); err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Session-Token", "t1")
	r.Header.Set("Authorization", "Bearer t2")
	fmt.Println(token(r), wxauth.BearerToken(r))
	// Output: t1 t2
}
