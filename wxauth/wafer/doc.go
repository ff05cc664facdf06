// Package wafer serves mini programs that still use one of Tencent's old client
// SDKs: wafer2-client-sdk, wafer-client-sdk and qcloud-weapp-client-sdk. The
// mini programs need no change.
//
//	config := wxauth.Config{Apps: apps, Sessions: sessions}
//	wafer.Configure(&config)
//	auth, err := wxauth.New(config)
//	…
//	mux.Handle("GET /weapp/login", auth.LoginHandler())
//	mux.Handle("GET /weapp/user", auth.Require(user))
//
// [Configure] is the whole API. One Auth serves all three SDKs at the same time.
// The client gets a token and an empty userinfo, never an openid or a
// session_key.
//
// Clients of any other kind need a second Auth, made from a Config with the same
// Apps and Sessions that did not go through Configure. Both accept the same
// tokens; the example shows it.
//
// A login that the server ended with a reason is answered with 403 and that
// reason, instead of 401: the SDKs log in again on a 401 without asking the user.
//
// The SDKs send code and token in headers whose names start with X-WX-.
// WeChat's gateway, a product that stands in front of a server, removes such
// headers from the requests of clients. The SDKs do not work behind it.
// https://developers.weixin.qq.com/miniprogram/security/gateway/
package wafer
