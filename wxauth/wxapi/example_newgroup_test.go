package wxapi_test

import (
	"context"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

var shops = []wxapi.App{
	{ID: "wx1111111111111111", Secret: "11111111111111111111111111111111"},
	{ID: "wx2222222222222222", Secret: "22222222222222222222222222222222"},
}

// The clients of a group share their connections to WeChat.
func ExampleNewGroup() {
	wechat := wxtest.NewServer(shops...)
	group := wxapi.NewGroup(wxapi.Options{Transport: wechat.Transport()}) // in production: wxapi.Options{}
	clients := make(map[string]*wxapi.Client)
	for _, shop := range shops {
		clients[shop.ID] = group.Client(shop)
	}

	code := wechat.Phone(shops[1].ID, "oGZUI0egBJY1zhBYw2KhdUfwVJJE").Login()
	session, err := clients[shops[1].ID].Code2Session(context.Background(), code)
	fmt.Println(session.OpenID, err)
	// Output: oGZUI0egBJY1zhBYw2KhdUfwVJJE <nil>
}
