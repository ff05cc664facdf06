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

type joining struct {
	auth     *wxauth.Auth
	sessions *scs.SessionManager
}

// serve turns a guest into a member. It runs under LoadAndSave, so values that it puts
// into the session before or after Renew belong to the renewed login.
func (j joining) serve(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	id, _ := wxauth.FromContext(ctx)
	id.UserID = "member 7" // the ID of the new member in the application's database
	login, err := j.auth.Renew(ctx, id)
	if err != nil {
		j.auth.WriteError(w, r, err)
		return
	}
	j.sessions.Put(ctx, "greeting", "welcome")
	// This call gives no reason. After a 401 without a reason, a client can log in again
	// without asking the user. At that login, OnLogin must return the new UserID. In this
	// example, OnLogin returns "guest".
	if _, err := j.auth.RevokeOthers(ctx, login.Identity, ""); err != nil {
		log.Print(err) // do not return: the client must get its new token
	}
	j.auth.WriteLogin(w, r, login)
}

// Renew continues a login under a new token. In this example, the login also gets another
// UserID.
func ExampleAuth_Renew() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	sessions := wxauth.NewSessions()
	auth, err := wxauth.New(wxauth.Config{
		Apps:     []wxauth.App{miniProgram},
		API:      wxapi.Options{Transport: wechat.Transport()},
		Sessions: sessions,
		OnLogin:  func(*http.Request, wxauth.Identity) (string, error) { return "guest", nil },
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /login", auth.LoginHandler())
	mux.Handle("POST /join", auth.LoadAndSave(http.HandlerFunc(joining{auth, sessions}.serve)))
	mux.Handle("GET /me", auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := wxauth.FromContext(r.Context())
		fmt.Fprintf(w, "%s, %q", id.UserID, sessions.GetString(r.Context(), "greeting"))
	})))
	request := func(method, target, token string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(method, target, nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+token)
		mux.ServeHTTP(w, r)
		return w
	}
	var guest, member struct{ Token string }
	code := wechat.Phone(miniProgram.ID, "openid-of-alice").Login()
	json.Unmarshal(request("GET", "/login?code="+code, "").Body.Bytes(), &guest)
	fmt.Println(request("GET", "/me", guest.Token).Body)
	json.Unmarshal(request("POST", "/join", guest.Token).Body.Bytes(), &member)
	fmt.Println(request("GET", "/me", member.Token).Body)
	fmt.Println(request("GET", "/me", guest.Token).Code)
	// Output:
	// guest, ""
	// member 7, "welcome"
	// 401
}
