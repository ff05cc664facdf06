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
// [Configure] is the whole API. One Auth serves all three SDKs at the same time.
// The client gets a token and an empty userinfo, never an openid or a
// session_key.
//
// For clients of any other kind, make a second Auth. Its Config has the same Apps and
// Sessions, but is not passed to Configure. Both Auths accept the same tokens. The
// example shows this.
//
// If the server ended a login with a reason, the answer is 403 with that reason, not
// 401. After a 401, the SDKs log in again without asking the user.
//
// The SDKs send code and token in headers whose names start with X-WX-. WeChat offers a
// gateway product for servers, and this gateway removes such headers from the requests
// of clients. So the SDKs do not work behind WeChat's gateway.
// https://developers.weixin.qq.com/miniprogram/security/gateway/
package wafer
