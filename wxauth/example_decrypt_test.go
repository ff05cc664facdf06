package wxauth_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type stepCounter struct{ auth *wxauth.Auth }

// steps decrypts the result of wx.getWeRunData. The client must send encryptedData and
// iv exactly as it received them.
func (s stepCounter) steps(w http.ResponseWriter, r *http.Request) {
	var data wxauth.Encrypted
	if err := json.NewDecoder(r.Body).Decode(&data); err != nil {
		http.Error(w, "malformed JSON", http.StatusBadRequest)
		return
	}
	data.MaxAge = time.Hour
	var run wxapi.WeRunData
	if err := s.auth.Decrypt(r.Context(), data, &run); err != nil {
		s.auth.WriteError(w, r, err)
		return
	}
	for _, day := range run.StepInfoList {
		fmt.Fprintln(w, day.Timestamp, day.Step)
	}
}

// Decrypt decrypts data that WeChat has encrypted with the user's session_key.
func ExampleAuth_Decrypt() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{miniProgram}, API: wxapi.Options{Transport: wechat.Transport()}})
	if err != nil {
		log.Fatal(err)
	}
	phone := wechat.Phone(miniProgram.ID, "openid-of-alice")
	w := httptest.NewRecorder()
	auth.LoginHandler().ServeHTTP(w, httptest.NewRequest("GET", "/login?code="+phone.Login(), nil))
	var login struct{ Token string }
	json.Unmarshal(w.Body.Bytes(), &login)

	encryptedData, iv := phone.Encrypt(map[string]any{"stepInfoList": []any{map[string]any{"timestamp": 1445866601, "step": 100}}})
	steps := auth.Require(http.HandlerFunc(stepCounter{auth}.steps))
	for _, sent := range []wxauth.Encrypted{{EncryptedData: encryptedData, IV: iv}, {EncryptedData: strings.ReplaceAll(encryptedData, "=", " "), IV: iv}} {
		body, _ := json.Marshal(sent)
		r := httptest.NewRequest("POST", "/steps", strings.NewReader(string(body)))
		r.Header.Set("Authorization", "Bearer "+login.Token)
		w = httptest.NewRecorder()
		steps.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// 200
	// 400
}
