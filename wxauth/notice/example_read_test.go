package notice_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/notice"
	"example.com/wxlogin/wxauth/wxtest"
)

// dispatch stands for the application's own code that uses a message.
func dispatch(n notice.Notice) { fmt.Printf("%s\n", n.Raw) }

// This application calls Read in its own HTTP handler. Read ends no logins, so the
// application must call Auth.Revoke itself when a user closes the account.
func ExampleReceiver_Read() {
	auth, err := wxauth.New(wxauth.Config{
		Apps: []wxauth.App{{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	receiver, err := notice.New(auth, notice.Config{
		AppID:           "wx4f4bc4dec97d474b",
		Token:           "a token of 24 characters",
		EncodingAESKeys: []string{"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"},
	})
	if err != nil {
		log.Fatal(err)
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			receiver.ServeHTTP(w, r) // WeChat's check of the URL
			return
		}
		n, err := receiver.Read(r)
		if err != nil {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		dispatch(n)
		fmt.Fprint(w, "success")
	}

	push := wxtest.Push{
		AppID:          "wx4f4bc4dec97d474b",
		Token:          "a token of 24 characters",
		EncodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
	}
	w := httptest.NewRecorder()
	handler(w, push.Message("/wechat/push", []byte(`{"MsgType":"event","Event":"debug_demo"}`)))
	fmt.Println(w.Body)
	// Output:
	// {"MsgType":"event","Event":"debug_demo"}
	// success
}
