package wxauth_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func keyStates(ctx context.Context, auth *wxauth.Auth) (live bool, encryptKeys int) {
	keys, err := auth.UserEncryptKeys(ctx)
	if err != nil {
		log.Print(err)
	}
	return auth.CheckSessionKey(ctx) == nil, len(keys)
}

// CheckSessionKey, ResetSessionKey and UserEncryptKeys take the user from the context and
// call WeChat.
func ExampleAuth_ResetSessionKey() {
	miniProgram := wxauth.App{ID: "wx4f4bc4dec97d474b", Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(miniProgram)
	auth, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{miniProgram}, API: wxapi.Options{Transport: wechat.Transport()}})
	if err != nil {
		log.Fatal(err)
	}
	phone := wechat.Phone(miniProgram.ID, "openid-of-alice")
	auth.LoginHandler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/login?code="+phone.Login(), nil))
	ctx := wxauth.NewContext(context.Background(), wxauth.Identity{AppID: miniProgram.ID, OpenID: "openid-of-alice"})
	fmt.Println(keyStates(ctx, auth))
	fmt.Println("reset:", auth.ResetSessionKey(ctx))
	fmt.Println(keyStates(ctx, auth))
	// Output:
	// true 1
	// reset: <nil>
	// true 1
}
