// Package wafer serves mini programs that still use one of Tencent's old client SDKs:
// wafer2-client-sdk, wafer-client-sdk or qcloud-weapp-client-sdk. The mini programs
// need no change.
//
//	config := wxauth.Config{Apps: apps, Sessions: sessions}
//	wafer.Configure(&config)
//	auth, err := wxauth.New(config)
//	…
//	mux.Handle("GET /weapp/login", auth.LoginHandler())
//	mux.Handle("GET /weapp/user", auth.Require(user))
//
// [Configure] is the only function. One Auth serves all three SDKs at the same time.
// The client gets a token and an empty userinfo, never an openid or a session_key.
//
// For all other clients, make a second Auth. Its Config has the same Apps and Sessions,
// but is not passed to Configure. Both Auths accept the same tokens, as the example
// shows.
//
// If the server ended a login with a reason, the answer is 403 with that reason. The
// status is not 401, because the SDKs log in again after a 401 without asking the user.
//
// The SDKs send the code and the token in headers whose names start with X-WX-. WeChat
// Gateway is a proxy that WeChat offers for servers. It removes such headers from the
// requests of clients. Therefore the SDKs do not work behind WeChat Gateway.
// https://developers.weixin.qq.com/miniprogram/security/gateway/
package wafer
