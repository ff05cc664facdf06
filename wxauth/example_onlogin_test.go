package wxauth_test

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type customers struct {
	auth *wxauth.Auth      // set after New
	ids  map[string]string // the application's user ID of each openid, or "banned"
}

func (c *customers) find(r *http.Request, id wxauth.Identity) (userID string, err error) {
	userID, ok := c.ids[id.OpenID]
	if !ok {
		return "", fmt.Errorf("not a customer: %w", wxauth.ErrDenied)
	}
	if userID == "banned" {
		// End the user's other logins. A later request with the token of such a login
		// usually gets a 401 with the reason "banned".
		if _, err := c.auth.RevokeOthers(r.Context(), id, "banned"); err != nil {
			return "", err
		}
		return "", &wxauth.Error{Code: "banned", Status: http.StatusForbidden, Detail: "this account is closed",
			Err: errors.New("banned on 3 May")}
	}
	return userID, nil
}

// OnLogin maps an openid to the application's own user ID, or refuses the login.
func ExampleConfig_onLogin() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	users := &customers{ids: map[string]string{"openid-of-alice": "u7", "openid-of-mallory": "banned"}}
	auth, err := wxauth.New(wxauth.Config{
		Apps:    []wxauth.App{miniProgram},
		API:     wxapi.Options{Transport: wechat.Transport()},
		OnLogin: users.find,
	})
	if err != nil {
		log.Fatal(err)
	}
	users.auth = auth
	for _, openID := range []string{"openid-of-alice", "openid-of-bob", "openid-of-mallory"} {
		code := wechat.Phone(miniProgram.ID, openID).Login()
		w := httptest.NewRecorder()
		auth.LoginHandler().ServeHTTP(w, httptest.NewRequest("GET", "/login?code="+code, nil))
		fmt.Println(openID, w.Code)
	}
	// Output:
	// openid-of-alice 200
	// openid-of-bob 403
	// openid-of-mallory 403
}
