package ginauth_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gin-gonic/gin"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/ginauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// newEngine returns the application's handler. In production, pass wxapi.Options{} for
// api.
func newEngine(app wxauth.App, api wxapi.Options) (http.Handler, error) {
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}, API: api})
	if err != nil {
		return nil, err
	}
	r := gin.New()
	r.Use(gin.Recovery())
	r.POST("/login", ginauth.Handler(auth.LoginHandler()))
	r.POST("/logout", ginauth.Handler(auth.LogoutHandler()))
	users := r.Group("/", ginauth.Use(auth.Require))
	users.GET("/me", func(c *gin.Context) {
		id, _ := ginauth.Identity(c)
		c.JSON(http.StatusOK, gin.H{"openid": ginauth.OpenID(c), "appid": id.AppID})
	})
	return wxauth.Outermost(r), nil
}

// A request for /me with the token of a login reaches the handler. A request for /me with
// an unknown token gets a 401.
func Example() {
	gin.SetMode(gin.ReleaseMode)
	app := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	engine, err := newEngine(app, wxapi.Options{Transport: wechat.Transport()})
	if err != nil {
		log.Fatal(err)
	}

	r := httptest.NewRequest("POST", "/login", strings.NewReader(`{"code":"`+wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()+`"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	var login struct{ Token string }
	json.Unmarshal(w.Body.Bytes(), &login)

	for _, token := range []string{login.Token, "made up"} {
		r = httptest.NewRequest("GET", "/me", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w = httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		fmt.Println(w.Code, strings.Contains(w.Body.String(), "oGZUI0egBJY1zhBYw2KhdUfwVJJE"))
	}
	// Output:
	// 200 true
	// 401 false
}
