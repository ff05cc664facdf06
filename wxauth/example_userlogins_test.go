package wxauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type devices struct {
	auth  *wxauth.Auth
	names map[string]string // the name of each device, by LoginID
}

func (d devices) list(w http.ResponseWriter, r *http.Request) {
	id, _ := wxauth.FromContext(r.Context())
	logins, err := d.auth.Logins(r.Context(), id)
	if err != nil {
		d.auth.WriteError(w, r, err)
		return
	}
	for _, login := range logins {
		fmt.Println(d.names[login.LoginID])
	}
}

// EndLogin ends one login of a user, RevokeOthers ends all logins except one, and Revoke
// ends all logins.
func ExampleAuth_Revoke() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{miniProgram}, API: wxapi.Options{Transport: wechat.Transport()}})
	if err != nil {
		log.Fatal(err)
	}
	d := devices{auth, make(map[string]string)}
	ids := make(map[string]wxauth.Identity)
	tokens := make(map[string]string)
	for _, name := range []string{"phone", "tablet", "laptop"} {
		code := wechat.Phone(miniProgram.ID, "openid-of-alice").Login()
		w := httptest.NewRecorder()
		auth.LoginHandler().ServeHTTP(w, httptest.NewRequest("GET", "/login?code="+code, nil))
		var login struct{ Token string }
		json.Unmarshal(w.Body.Bytes(), &login)
		id, err := auth.Authenticate(context.Background(), login.Token)
		if err != nil {
			log.Fatal(err)
		}
		ids[name], tokens[name], d.names[id.LoginID] = id, login.Token, name
	}
	r := httptest.NewRequest("GET", "/devices", nil)
	r.Header.Set("Authorization", "Bearer "+tokens["phone"])
	auth.Require(http.HandlerFunc(d.list)).ServeHTTP(httptest.NewRecorder(), r)

	ended, err := auth.EndLogin(r.Context(), ids["laptop"], "ended_by_user")
	fmt.Println("ended the laptop's:", ended, err)
	others, err := auth.RevokeOthers(r.Context(), ids["phone"], "ended_by_user")
	fmt.Println("ended others:", others, err)
	all, err := auth.Revoke(r.Context(), ids["phone"], "account_closed")
	fmt.Println("ended all:", all, err)
	// Output:
	// phone
	// tablet
	// laptop
	// ended the laptop's: true <nil>
	// ended others: 1 <nil>
	// ended all: 1 <nil>
}
