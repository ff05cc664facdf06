package wafer_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wafer"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// One server serves mini programs with the old SDKs and mini programs without them. The
// server has one Auth for each kind. The two Auths share their sessions, so each Auth
// accepts the tokens of the other Auth.
func Example() {
	app := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app) // a simulated WeChat; in production, leave out the field API below
	config := wxauth.Config{
		Apps:     []wxauth.App{app},
		Sessions: wxauth.NewSessions(),
		API:      wxapi.Options{Transport: wechat.Transport()},
	}
	auth, err := wxauth.New(config)
	if err != nil {
		log.Fatal(err)
	}
	wafer.Configure(&config)
	old, err := wxauth.New(config)
	if err != nil {
		log.Fatal(err)
	}
	user := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello, "+wxauth.OpenID(r.Context()))
	})
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("GET /me", auth.Require(user))
	mux.Handle("GET /weapp/login", old.LoginHandler())
	mux.Handle("GET /weapp/user", old.Require(user))

	send := func(path, header, value string) string {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set(header, value)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w.Body.String()
	}
	reply := send("/weapp/login", "X-WX-Code", wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login())
	_, rest, _ := strings.Cut(reply, `"skey":"`)
	skey, _, _ := strings.Cut(rest, `"`)
	fmt.Print(strings.ReplaceAll(reply, skey, "…"))
	fmt.Print(send("/weapp/user", "X-WX-Skey", skey))
	fmt.Print(send("/weapp/user", "X-WX-Skey", "a made-up token"))
	fmt.Print(send("/me", "Authorization", "Bearer "+skey))
	// Output:
	// {"code":0,"data":{"skey":"…","userinfo":{}},"F2C224D4-2BCE-4C64-AF9F-A6D872000D1A":1,"session":{"id":"1","skey":"…"}}
	// hello, oGZUI0egBJY1zhBYw2KhdUfwVJJE
	// {"code":-1,"F2C224D4-2BCE-4C64-AF9F-A6D872000D1A":1,"error":"ERR_INVALID_SESSION","message":"Unauthorized"}
	// hello, oGZUI0egBJY1zhBYw2KhdUfwVJJE
}
