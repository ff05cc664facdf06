// Ginprogram is the example for gin in wxauth/docs/frameworks.md.
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/ginauth"
)

func main() {
	auth, err := wxauth.New(wxauth.Config{
		Apps: []wxauth.App{{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	server := http.Server{
		Addr:         "127.0.0.1:8080",
		Handler:      wxauth.Outermost(ginEngine(auth)),
		ReadTimeout:  10 * time.Second,
		WriteTimeout: 20 * time.Second, // a login may take 15 seconds
		IdleTimeout:  time.Minute,
	}
	log.Fatal(server.ListenAndServe())
}

func ginEngine(auth *wxauth.Auth) *gin.Engine {
	r := gin.Default()
	r.POST("/login", ginauth.Handler(auth.LoginHandler()))
	r.POST("/logout", ginauth.Handler(auth.LogoutHandler()))
	r.GET("/session", ginauth.Handler(auth.SessionHandler()))
	users := r.Group("/", ginauth.Use(auth.Require))
	users.GET("/me/:name", func(c *gin.Context) {
		c.String(http.StatusOK, ginauth.OpenID(c)+" "+c.Param("name"))
	})
	return r
}
