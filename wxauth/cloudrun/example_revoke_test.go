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

func hello(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") }

// Revoke ends logins. WeChat's headers identify a Cloud Run user on every request, even
// without a login, so Revoke does not stop the user's next request.
func ExampleApp() {
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{cloudrun.App("wx4f4bc4dec97d474b")}})
	if err != nil {
		log.Fatal(err)
	}
	handler := cloudrun.Identify("wx4f4bc4dec97d474b")(auth.Require(http.HandlerFunc(hello)))
	request := func() {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-WX-SOURCE", "wx_client") // WeChat adds these three headers
		r.Header.Set("X-WX-APPID", "wx4f4bc4dec97d474b")
		r.Header.Set("X-WX-OPENID", "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}

	request()
	user := wxauth.Identity{AppID: "wx4f4bc4dec97d474b", OpenID: "oGZUI0egBJY1zhBYw2KhdUfwVJJE"}
	fmt.Println(auth.Revoke(context.Background(), user, "banned"))
	request()
	// Output:
	// 200 hello
	// 0 <nil>
	// 200 hello
}
