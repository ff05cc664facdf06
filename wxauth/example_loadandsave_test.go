package wxauth_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type cart struct {
	auth     *wxauth.Auth
	sessions *scs.SessionManager
}

func (c cart) add(w http.ResponseWriter, r *http.Request) {
	articles, _ := c.sessions.Get(r.Context(), "cart").(string)
	c.sessions.Put(r.Context(), "cart", articles+r.FormValue("article")+" ")
}

// order calls Save because it must know, before it answers, whether the session is saved.
func (c cart) order(w http.ResponseWriter, r *http.Request) {
	articles := c.sessions.PopString(r.Context(), "cart")
	c.sessions.Put(r.Context(), "ordered", articles)
	if err := c.auth.Save(r.Context()); err != nil {
		c.auth.WriteError(w, r, err)
		return
	}
	fmt.Println("ordered:", articles)
}

// LoadAndSave loads the session's data before a handler runs, and saves the changes
// after the handler has returned.
func ExampleAuth_LoadAndSave() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	sessions := wxauth.NewSessions()
	auth, err := wxauth.New(wxauth.Config{
		Apps: []wxauth.App{miniProgram}, Sessions: sessions, API: wxapi.Options{Transport: wechat.Transport()},
	})
	if err != nil {
		log.Fatal(err)
	}
	c := cart{auth, sessions}
	mux := http.NewServeMux()
	mux.Handle("/login", auth.LoginHandler())
	mux.Handle("/add", auth.LoadAndSave(http.HandlerFunc(c.add)))
	mux.Handle("/order", auth.LoadAndSave(http.HandlerFunc(c.order)))
	server := wxauth.Outermost(mux)

	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest("GET", "/login?code="+wechat.Phone(miniProgram.ID, "openid-of-alice").Login(), nil))
	var login struct{ Token string }
	json.Unmarshal(w.Body.Bytes(), &login)
	for _, path := range []string{"/add?article=apples", "/add?article=pears", "/order"} {
		r := httptest.NewRequest("POST", path, nil)
		r.Header.Set("Authorization", "Bearer "+login.Token)
		server.ServeHTTP(httptest.NewRecorder(), r)
	}
	// Output: ordered: apples pears
}
