package notice_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/notice"
	"example.com/wxlogin/wxauth/wxtest"
)

// onNotice shows where an application deletes the data of a user.
func onNotice(ctx context.Context, n notice.Notice) error {
	switch n.Event {
	case notice.AccountClosed:
		fmt.Println("delete all data of", n.OpenID)
	case notice.ConsentWithdrawn:
		fmt.Println("delete data of kind", n.RevokeInfo, "of", n.OpenID)
	}
	return nil
}

// This server handles logins and receives WeChat's messages. wxtest.Push makes the
// requests that WeChat would send.
func Example() {
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
		OnNotice:        onNotice,
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("/wechat/push", receiver)

	push := wxtest.Push{
		AppID:          "wx4f4bc4dec97d474b",
		Token:          "a token of 24 characters",
		EncodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
	}
	for _, r := range []*http.Request{
		push.Check("/wechat/push", "4375120948345356249"),
		push.Notice("/wechat/push", wxtest.Notice{Event: notice.ConsentWithdrawn, OpenID: "oGZUI0egBJY1zhBYw2KhdUfwVJJE", RevokeInfo: "8"}),
		push.Notice("/wechat/push", wxtest.Notice{Event: notice.AccountClosed, OpenID: "oGZUI0egBJY1zhBYw2KhdUfwVJJE"}),
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 4375120948345356249
	// delete data of kind 8 of oGZUI0egBJY1zhBYw2KhdUfwVJJE
	// 200 success
	// delete all data of oGZUI0egBJY1zhBYw2KhdUfwVJJE
	// 200 success
}
