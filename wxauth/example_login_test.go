package wxauth_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func greet(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, "hello,", wxauth.OpenID(r.Context()))
}

// The example is a server that logs users in and out. GET /session tells a client whether
// its login is still valid. GET /me is only for logged-in users. The example then sends
// requests to the server, as a mini program does.
func Example() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram) // omit this line in production
	auth, err := wxauth.New(wxauth.Config{
		Apps: []wxauth.App{miniProgram},
		API:  wxapi.Options{Transport: wechat.Transport()}, // omit this line in production
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("POST /logout", auth.LogoutHandler())
	mux.Handle("GET /session", auth.SessionHandler())
	mux.Handle("GET /me", auth.Require(http.HandlerFunc(greet)))
	server := httptest.NewServer(mux)
	defer server.Close()

	// The mini program calls wx.login and posts the code.
	code := wechat.Phone(miniProgram.ID, "openid-of-alice").Login()
	reply, err := http.Post(server.URL+"/login", "application/json", strings.NewReader(`{"code":"`+code+`"}`))
	if err != nil {
		log.Fatal(err)
	}
	defer reply.Body.Close()
	var login struct {
		Token string `json:"token"`
	}
	if err := json.NewDecoder(reply.Body).Decode(&login); err != nil {
		log.Fatal(err)
	}

	for _, token := range []string{login.Token, "a token of its own making"} {
		r, err := http.NewRequest("GET", server.URL+"/me", nil)
		if err != nil {
			log.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			log.Fatal(err)
		}
		reply.Body.Close()
		fmt.Println(reply.Status)
	}
	// Output:
	// 200 OK
	// 401 Unauthorized
}
