package wxauth_test

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
)

var errSoldOut = &wxauth.Error{Code: "sold_out", Status: http.StatusConflict, Detail: "the article is sold out"}

// WriteError answers a request with an error of this package or of the application.
func ExampleAuth_WriteError() {
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}}})
	if err != nil {
		log.Fatal(err)
	}
	for _, err := range []error{wxauth.ErrSessionKeyStale, fmt.Errorf("ordering: %w", errSoldOut)} {
		w := httptest.NewRecorder()
		auth.WriteError(w, httptest.NewRequest("POST", "/order", nil), err)
		fmt.Print(w.Body)
	}
	fmt.Println(errors.Is(fmt.Errorf("ordering: %w", wxauth.ErrDenied), wxauth.ErrDenied))
	// Output:
	// {"title":"Conflict","status":409,"detail":"log in with a new code of wx.login, then do the action again","code":"session_key_stale"}
	// {"title":"Conflict","status":409,"detail":"the article is sold out","code":"sold_out"}
	// true
}
