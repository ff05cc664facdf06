package wxauth_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type profile struct{ auth *wxauth.Auth }

func (p profile) number(w http.ResponseWriter, r *http.Request) {
	number, err := p.auth.PhoneNumber(r.Context(), r.FormValue("code"))
	if err != nil {
		p.auth.WriteError(w, r, err)
		return
	}
	fmt.Println("phone number:", number.PurePhoneNumber)
}

// rawData checks that the user data in the request comes from WeChat and was not
// changed.
func (p profile) rawData(w http.ResponseWriter, r *http.Request) {
	if err := p.auth.VerifyRawData(r.Context(), r.FormValue("rawData"), r.FormValue("signature")); err != nil {
		p.auth.WriteError(w, r, err)
		return
	}
	fmt.Println("raw data:", r.FormValue("rawData"))
}

// payment signs a message that the server itself has written.
func (p profile) payment(w http.ResponseWriter, r *http.Request) {
	signature, err := p.auth.Sign(r.Context(), []byte(`{"amount":100}`))
	if err != nil {
		p.auth.WriteError(w, r, err)
		return
	}
	fmt.Println("signature:", len(signature), "characters")
}

// PhoneNumber exchanges the code of the getPhoneNumber button for the user's phone number.
// VerifyRawData and Sign use the user's session_key.
func ExampleAuth_PhoneNumber() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{miniProgram}, API: wxapi.Options{Transport: wechat.Transport()}})
	if err != nil {
		log.Fatal(err)
	}
	phone := wechat.Phone(miniProgram.ID, "openid-of-alice")
	auth.LoginHandler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/login?code="+phone.Login(), nil))

	// In production, Require puts the user of the token into the context, and NewContext
	// is not needed.
	alice := wxauth.Identity{AppID: miniProgram.ID, OpenID: "openid-of-alice"}
	ask := func(h http.HandlerFunc, query string) {
		r := httptest.NewRequest("POST", "/?"+query, nil)
		auth.Require(h).ServeHTTP(httptest.NewRecorder(), r.WithContext(wxauth.NewContext(r.Context(), alice)))
	}
	p := profile{auth}
	ask(p.number, "code="+phone.PhoneCode("86", "13580006666"))
	ask(p.rawData, "rawData=%7B%7D&signature="+phone.Sign("{}"))
	ask(p.payment, "")
	// Output:
	// phone number: 13580006666
	// raw data: {}
	// signature: 64 characters
}
