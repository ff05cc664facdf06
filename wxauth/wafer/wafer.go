// Package wafer lets mini programs that use Tencent's old client SDKs log in,
// as they are: wafer2-client-sdk, wafer-client-sdk and qcloud-weapp-client-sdk.
//
//	config := wxauth.Config{Apps: apps, Sessions: sessions}
//	wafer.Configure(&config)
//	auth, err := wxauth.New(config)
//	…
//	mux.Handle("GET /weapp/login", auth.LoginHandler())
//	mux.Handle("GET /weapp/user", auth.Require(user))
//
// The three can use one server at the same time. What they get is a token and
// nothing else: no openid, no session_key, and an empty userinfo.
//
// Clients that are not of this kind want another Auth: one of a Config with the
// same Apps and Sessions that has not been through Configure. A token of one is
// good for the other.
//
// The SDKs put code and token into headers whose names start with X-WX-.
// WeChat's gateway, the product that stands in front of an origin, drops every
// such header of a client, and so these SDKs can't be used behind it.
// https://developers.weixin.qq.com/miniprogram/security/gateway/
package wafer

import (
	"encoding/json"
	"net/http"

	"example.com/wxlogin/wxauth"
)

// Configure sets Token, Code, ReplyLogin and ReplyError.
func Configure(c *wxauth.Config) {
	c.Token = wxauth.HeaderToken("X-WX-Skey")
	c.Code = wxauth.HeaderToken(codeHeader)
	c.ReplyLogin = replyLogin
	c.ReplyError = replyError
}

const codeHeader = "X-WX-Code"

// reply has a place for each SDK, of which the others take no notice.
type reply struct {
	// wafer2 takes a login for one if code is 0. Any reply with code -1 makes
	// it log in again, as status 401 does.
	Code int   `json:"code"`
	Data *data `json:"data,omitempty"`

	// The other two do not look at the status. Magic makes a reply one of the
	// login's: a login, or an error that makes them forget theirs, and log in
	// again if it is ERR_INVALID_SESSION.
	Magic   int      `json:"F2C224D4-2BCE-4C64-AF9F-A6D872000D1A,omitempty"`
	Session *session `json:"session,omitempty"`

	Error   string `json:"error,omitempty"`
	Message string `json:"message,omitempty"`
}

type data struct {
	Skey     string   `json:"skey"`
	UserInfo struct{} `json:"userinfo"` // required
}

type session struct {
	ID   string `json:"id"` // required, and sent back as X-WX-Id
	Skey string `json:"skey"`
}

func replyLogin(w http.ResponseWriter, _ *http.Request, login wxauth.Login) {
	write(w, http.StatusOK, reply{
		Data:    &data{Skey: login.Token},
		Magic:   1,
		Session: &session{ID: "1", Skey: login.Token}, // the token alone says whose it is
	})
}

func replyError(w http.ResponseWriter, r *http.Request, err *wxauth.Error) {
	e := reply{Code: err.Status, Error: err.Code, Message: http.StatusText(err.Status)}
	switch {
	case err.Status == http.StatusUnauthorized:
		e.Code, e.Magic, e.Error = -1, 1, "ERR_INVALID_SESSION"
	case r.Header.Get(codeHeader) != "":
		e.Magic = 1 // a login that failed; without it they tell their user nothing of Error
	}
	// Without Magic a login survives an outage of the store.
	write(w, err.Status, e)
}

func write(w http.ResponseWriter, status int, body reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // the client may be gone; there is nobody to tell
}
