package wxapi_test

import (
	"context"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const componentAppID = "wx9999999999999999"

// A third-party platform logs in the users of mini programs that have authorized the
// platform. The platform has the authorizer_access_tokens of these mini programs, but
// not their AppSecrets.
func ExamplePlatform() {
	appID := "wx4f4bc4dec97d474b"
	wechat := wxtest.NewServer(wxapi.App{ID: appID, Secret: "0123456789abcdef0123456789abcdef"})
	platform := wechat.Platform(componentAppID, appID) // in production, get the tokens from your own store
	client := wxapi.New(wxapi.App{
		ID:       appID,
		Platform: &wxapi.Platform{AppID: componentAppID, AccessToken: platform.AccessToken},
	}, wxapi.Options{
		AccessToken: platform.AuthorizerToken,
		Transport:   wechat.Transport(), // in production, leave Transport out
	})

	phone := wechat.Phone(appID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
	session, err := client.Code2Session(context.Background(), phone.Login())
	fmt.Println(session.OpenID, err)
	fmt.Println(client.CheckSessionKey(context.Background(), session.OpenID, session.Key))
	// Output:
	// oGZUI0egBJY1zhBYw2KhdUfwVJJE <nil>
	// <nil>
}
