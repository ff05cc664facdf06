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

// shops is the application's table of mini programs.
var shops = map[string]wxauth.App{
	"wx1111111111111111": {ID: "wx1111111111111111", Secret: "11111111111111111111111111111111"},
	"wx2222222222222222": {ID: "wx2222222222222222", Secret: "22222222222222222222222222222222"},
}

// findShop implements Config.FindApp. A server with few mini programs can list them in
// Config.Apps instead of setting FindApp.
func findShop(ctx context.Context, appID string) (wxauth.App, error) {
	app, ok := shops[appID]
	if !ok {
		return wxauth.App{}, wxauth.ErrUnknownApp
	}
	return app, nil
}

// One server can serve many mini programs. A login request can contain the appid of its
// mini program. If the request contains no appid, this server takes the appid from the
// Referer header. wx.request always sends this header.
func ExampleConfig_findApp() {
	wechat := wxtest.NewServer(shops["wx1111111111111111"], shops["wx2222222222222222"])
	auth, err := wxauth.New(wxauth.Config{
		FindApp: findShop,
		API:     wxapi.Options{Transport: wechat.Transport()},
	})
	if err != nil {
		log.Fatal(err)
	}
	code := wechat.Phone("wx1111111111111111", "openid-of-alice").Login()
	w := httptest.NewRecorder()
	auth.LoginHandler().ServeHTTP(w, httptest.NewRequest("GET", "/login?appid=wx1111111111111111&code="+code, nil))
	fmt.Println("named:", w.Code)

	code = wechat.Phone("wx2222222222222222", "openid-of-alice").Login()
	r := httptest.NewRequest("GET", "/login?code="+code, nil)
	r.Header.Set("Referer", "https://servicewechat.com/wx2222222222222222/12/page-frame.html")
	w = httptest.NewRecorder()
	auth.LoginHandler().ServeHTTP(w, r)
	fmt.Println("by its Referer:", w.Code)

	client, err := auth.API(r.Context(), "wx2222222222222222")
	fmt.Println("its API client:", client.AppID(), err)
	// Output:
	// named: 200
	// by its Referer: 200
	// its API client: wx2222222222222222 <nil>
}
