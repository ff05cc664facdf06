package playground_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

	"example.com/wxlogin/example/playground"
	"example.com/wxlogin/wxauth"
)

// The app in config is empty, so playground.New replaces it with a simulated mini program.
func Example() {
	config := wxauth.Config{Apps: []wxauth.App{{}}}
	play := playground.New(&config)
	auth, err := wxauth.New(config)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	server := httptest.NewUnstartedServer(mux)
	play.Attach(server.Config, mux, auth)
	server.Start()
	defer server.Close()

	resp, err := http.Get(server.URL + "/sim/code")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	code, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	login, err := http.PostForm(server.URL+"/login", url.Values{"code": {string(code)}})
	if err != nil {
		log.Fatal(err)
	}
	defer login.Body.Close()
	fmt.Println(login.Status)
	// Output: 200 OK
}
