package wxtest_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

// newApplication returns the handler of the application under test. In production, api is
// the zero value, and the application calls the real WeChat.
func newApplication(app wxauth.App, api wxapi.Options) (http.Handler, error) {
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{app}, API: api})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("POST /steps", auth.Require(countSteps(auth)))
	return mux, nil
}

// countSteps returns a handler that decrypts the data of wx.getWeRunData and answers with
// the number of steps.
func countSteps(auth *wxauth.Auth) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var data wxauth.Encrypted
		if err := json.NewDecoder(r.Body).Decode(&data); err != nil {
			http.Error(w, "bad JSON", http.StatusBadRequest)
			return
		}
		var run wxapi.WeRunData
		if err := auth.Decrypt(r.Context(), data, &run); err != nil {
			auth.WriteError(w, r, err)
			return
		}
		fmt.Fprintf(w, "%s walked %d steps", wxauth.OpenID(r.Context()), run.StepInfoList[0].Step)
	})
}

// The test calls the application as a mini program does.
func Example_handler() {
	app := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	application, err := newApplication(app, wxapi.Options{Transport: wechat.Transport()})
	if err != nil {
		log.Fatal(err)
	}
	phone := wechat.Phone(app.ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE")

	// The mini program calls wx.login and posts the code.
	r := httptest.NewRequest("POST", "/login", strings.NewReader(`{"code":"`+phone.Login()+`"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	application.ServeHTTP(w, r)
	var login struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &login); err != nil {
		log.Fatal(err)
	}

	// The mini program calls wx.getWeRunData and posts the encrypted data.
	encryptedData, iv := phone.Encrypt(map[string]any{
		"stepInfoList": []map[string]int{{"timestamp": 1445866601, "step": 100}},
	})
	body, _ := json.Marshal(wxauth.Encrypted{EncryptedData: encryptedData, IV: iv})
	r = httptest.NewRequest("POST", "/steps", strings.NewReader(string(body)))
	r.Header.Set("Authorization", "Bearer "+login.Token)
	w = httptest.NewRecorder()
	application.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 oGZUI0egBJY1zhBYw2KhdUfwVJJE walked 100 steps
}
