package wxauth_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// signUp is an application in which a new user registers with the phone number that the
// mini program sends together with the code of wx.login.
type signUp struct {
	auth    *wxauth.Auth      // set after wxauth.New returns
	users   map[string]string // from openid to UserID
	numbers map[string]string // from phone number to UserID
}

func (a *signUp) onLogin(r *http.Request, id wxauth.Identity) (userID string, err error) {
	if user, known := a.users[id.OpenID]; known {
		return user, nil
	}
	var data wxauth.Encrypted
	if err := json.NewDecoder(r.Body).Decode(&data); err != nil || data.EncryptedData == "" {
		return "", &wxauth.Error{Code: "need_phone", Status: http.StatusForbidden, Detail: "let the user tap the phone number button"}
	}
	var number wxapi.PhoneNumber
	if err := a.auth.Decrypt(r.Context(), data, &number); err != nil {
		return "", err
	}
	user, known := a.numbers[number.PurePhoneNumber]
	if !known {
		user = fmt.Sprint("user ", len(a.numbers))
		a.numbers[number.PurePhoneNumber] = user
	}
	a.users[id.OpenID] = user
	return user, nil
}

// TestPortRegisterByPhone includes a new user who taps the phone number button before
// wx.login. The server has no session_key for the encryptedData of this tap, so the user must
// tap again.
func TestPortRegisterByPhone(t *testing.T) {
	app := &signUp{users: map[string]string{"known": "user 7"}, numbers: map[string]string{"13580006666": "user of the shop"}}
	auth, wechat := newAuth(t, wxauth.Config{OnLogin: app.onLogin})
	app.auth = auth
	number := func(n string) wxapi.PhoneNumber {
		return wxapi.PhoneNumber{PhoneNumber: "+86" + n, PurePhoneNumber: n, CountryCode: "86"}
	}
	for name, test := range map[string]struct {
		openID, number string
		tapFirst       bool // the user taps the phone number button before wx.login
		status         int
		want           string // the code of the error; ignored if status is 200
	}{
		"known":                       {"known", "", false, 200, "user 7"},
		"new, without data":           {"a", "", false, 403, "need_phone"},
		"new, with a number":          {"b", "13580001111", false, 200, "user 1"},
		"new, with a customer's":      {"c", "13580006666", false, 200, "user of the shop"},
		"new, tapped before wx.login": {"d", "13580002222", true, 409, "session_key_stale"},
	} {
		t.Run(name, func(t *testing.T) {
			phone := wechat.Phone(appID, test.openID)
			phone.Login() // makes a session_key that the server never gets
			send := func(tapFirst bool) (status int, got string) {
				body := make(map[string]string)
				tap := func() {
					if test.number != "" {
						body["encryptedData"], body["iv"] = phone.Encrypt(number(test.number))
					}
				}
				if tapFirst {
					tap()
				}
				body["code"] = phone.Login()
				if !tapFirst {
					tap()
				}
				b, _ := json.Marshal(body)
				w := serve(auth.LoginHandler(), "POST", "/login", "", string(b))
				if w.Code != 200 {
					return w.Code, code(w)
				}
				id, _ := auth.Authenticate(background, tokenOf(t, w))
				return w.Code, id.UserID
			}
			status, got := send(test.tapFirst)
			if status != test.status || test.status != 200 && got != test.want || status == 200 && got != app.users[test.openID] {
				t.Errorf("%d %s, want %d %s", status, got, test.status, test.want)
			}
			if test.tapFirst {
				if status, got = send(false); status != 200 { // the user taps again, after wx.login
					t.Errorf("with a new tap: %d %s", status, got)
				}
			}
		})
	}
	if app.users["c"] != "user of the shop" || app.users["b"] == "" || app.users["b"] == app.users["d"] || app.users["a"] != "" {
		t.Errorf("users: %v", app.users)
	}
}
