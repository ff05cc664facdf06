// Package wafer configures a [wxauth.Auth] for mini programs that still use one of
// Tencent's old client SDKs: wafer2-client-sdk, wafer-client-sdk or
// qcloud-weapp-client-sdk. The SDKs need no change.
//
//	config := wxauth.Config{Apps: apps, Sessions: sessions}
//	wafer.Configure(&config)
//	auth, err := wxauth.New(config)
//	…
//	mux.Handle("GET /weapp/login", auth.LoginHandler())
//	mux.Handle("GET /weapp/user", auth.Require(user))
//
// [Configure] is the only exported function. One Auth serves all three SDKs at the same time. At a
// login, the SDK receives a token and an empty userinfo, never an openid or a session_key.
//
// For clients without these SDKs, make a second Auth. Its Config has the same values, such
// as Apps, Sessions (not nil) and SealKeys, but is not passed to Configure. Each of the two
// Auths then accepts the tokens of the other Auth.
//
// If the server ended a login with a reason, a request with the login's token gets 403 and
// the reason from Auth.Require. This is so until the original end of the login. After this
// answer, the SDKs do not log in again immediately. wafer-client-sdk and
// qcloud-weapp-client-sdk delete the token, so they log in at the next request that needs a
// login.
//
// The SDKs send the code and the token in headers whose names start with X-WX-. WeChat
// Gateway, a proxy that WeChat offers for servers, removes such headers from the requests
// of clients. Therefore the SDKs do not work behind WeChat Gateway.
// https://developers.weixin.qq.com/miniprogram/security/gateway/
package wafer
