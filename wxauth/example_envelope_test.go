package wxauth_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type envelope struct {
	Code string `json:"code"`
	Msg  string `json:"msg"`
	Data any    `json:"data,omitempty"`
}

func writeEnvelope(w http.ResponseWriter, e envelope) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(e)
}

// ReplyLogin and ReplyError can answer in the application's own format. In this
// example, every reply is an envelope with HTTP status 200.
func ExampleConfig_replyLogin() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	auth, err := wxauth.New(wxauth.Config{
		Apps: []wxauth.App{miniProgram},
		API:  wxapi.Options{Transport: wechat.Transport()},
		ReplyLogin: func(w http.ResponseWriter, r *http.Request, login wxauth.Login) {
			data := map[string]any{"token": login.Token, "expires": int(time.Until(login.Until).Hours()) + 1}
			writeEnvelope(w, envelope{Code: "ok", Data: data})
		},
		ReplyError: func(w http.ResponseWriter, r *http.Request, err *wxauth.Error) {
			writeEnvelope(w, envelope{Code: err.Code, Msg: err.Detail})
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, code := range []string{wechat.Phone(miniProgram.ID, "openid-of-alice").Login(), "undefined"} {
		w := httptest.NewRecorder()
		auth.LoginHandler().ServeHTTP(w, httptest.NewRequest("GET", "/login?code="+code, nil))
		var got envelope
		json.Unmarshal(w.Body.Bytes(), &got)
		fmt.Printf("%d %s %q\n", w.Code, got.Code, got.Msg)
	}
	// Output:
	// 200 ok ""
	// 200 invalid_request "the code is the text undefined; send the code member of what wx.login gives, in its success callback"
}
