package wxauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const (
	appID  = "wx4f4bc4dec97d474b"
	secret = "0123456789abcdef0123456789abcdef"
	openID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
)

var app = wxauth.App{ID: appID, Secret: secret}

// A server with a login, a logout, and a page of the user's own.
func Example() {
	wechat := wxtest.NewServer(app) // in production: leave API empty
	auth, err := wxauth.New(wxauth.Config{
		Apps: []wxauth.App{{ID: appID, Secret: secret}},
		API:  wxapi.Options{Transport: wechat.Transport()},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("POST /logout", auth.LogoutHandler())
	mux.Handle("GET /me", auth.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello, %s", wxauth.OpenID(r.Context()))
	})))
	server := httptest.NewServer(mux)
	defer server.Close()

	// What the mini program does.
	code := wechat.Phone(appID, openID).Login()
	reply, err := http.Post(server.URL+"/login", "application/json", bytes.NewBufferString(`{"code":"`+code+`"}`))
	if err != nil {
		log.Fatal(err)
	}
	var login struct{ Token string }
	json.NewDecoder(reply.Body).Decode(&login)
	fmt.Println(get(server.URL+"/me", login.Token))
	fmt.Println(get(server.URL+"/me", "a token of my own making"))
	// Output:
	// 200 hello, oGZUI0egBJY1zhBYw2KhdUfwVJJE
	// 401 {"title":"Unauthorized","status":401,"detail":"log in with a new code of wx.login","code":"not_logged_in"}
}

// OnLogin ties the openid to the application's own user.
func ExampleConfig_onLogin() {
	users := map[string]string{openID: "user 7"}
	wechat := wxtest.NewServer(app)
	auth, err := wxauth.New(wxauth.Config{
		Apps: []wxauth.App{app},
		API:  wxapi.Options{Transport: wechat.Transport()},
		OnLogin: func(r *http.Request, id wxauth.Identity) (string, error) {
			user, ok := users[id.OpenID]
			if !ok {
				return "", fmt.Errorf("not a customer: %w", wxauth.ErrDenied)
			}
			return user, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, openID := range []string{openID, "somebody else"} {
		r := httptest.NewRequest("GET", "/login?code="+wechat.Phone(appID, openID).Login(), nil)
		w := httptest.NewRecorder()
		auth.LoginHandler().ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// 200
	// 403
}

// Identify is for pages that anybody may see.
func ExampleAuth_Identify() {
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}})
	if err != nil {
		log.Fatal(err)
	}
	home := auth.Identify(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, ok := wxauth.FromContext(r.Context()); ok {
			fmt.Println("a user of", id.AppID)
		} else {
			fmt.Println("a visitor")
		}
	}))
	home.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	// Output: a visitor
}

// LoadAndSave gives a handler the session's data, through the session manager.
func ExampleAuth_LoadAndSave() {
	wechat := wxtest.NewServer(app)
	sessions := wxauth.NewSessions()
	auth, err := wxauth.New(wxauth.Config{
		Apps:     []wxauth.App{app},
		API:      wxapi.Options{Transport: wechat.Transport()},
		Sessions: sessions,
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/login", auth.LoginHandler())
	mux.Handle("/count", auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := sessions.GetInt(r.Context(), "visits") + 1
		sessions.Put(r.Context(), "visits", n)
		fmt.Fprint(w, n)
	})))
	server := httptest.NewServer(mux)
	defer server.Close()

	var login struct{ Token string }
	_, body := get(server.URL+"/login?code="+wechat.Phone(appID, openID).Login(), "")
	json.Unmarshal([]byte(body), &login)
	fmt.Println(get(server.URL+"/count", login.Token))
	fmt.Println(get(server.URL+"/count", login.Token))
	// Output:
	// 200 1
	// 200 2
}

// WriteError answers with what Decrypt and the like return, or with an
// application's own error.
func ExampleAuth_WriteError() {
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	auth.WriteError(w, httptest.NewRequest("GET", "/", nil), fmt.Errorf("reading the steps: %w", wxauth.ErrSessionKeyStale))
	fmt.Println(w.Code)
	// Output: 409
}

// A handler is tested without a login.
func ExampleNewContext() {
	greet := func(ctx context.Context) string { return "hello, " + wxauth.OpenID(ctx) }
	fmt.Println(greet(wxauth.NewContext(context.Background(), wxauth.Identity{AppID: appID, OpenID: openID})))
	// Output: hello, oGZUI0egBJY1zhBYw2KhdUfwVJJE
}

// A token can travel in another header too.
func ExampleHeaderToken() {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Session-Token", "t1")
	fmt.Println(wxauth.HeaderToken("session-token")(r))
	// Output: t1
}

func ExampleError() {
	err := error(&wxauth.Error{Code: "login_denied", Status: http.StatusForbidden, Err: wxauth.ErrDenied})
	fmt.Println(errors.Is(err, wxauth.ErrDenied), err)
	// Output: true wxauth: login_denied: login denied
}
