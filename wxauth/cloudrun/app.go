package cloudrun

import (
	"context"
	"net/http"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// App returns an entry for wxauth.Config.Apps, for a mini program whose users all come
// through WeChat Cloud Run. The entry needs no AppSecret. A login by code fails with
// 400 (invalid_request), because the entry cannot exchange codes.
func App(appID string) wxauth.App {
	return wxauth.App{ID: appID, Exchange: refuseCode}
}

func refuseCode(context.Context, string) (wxapi.Session, error) {
	return wxapi.Session{}, &wxauth.Error{
		Code:   wxauth.CodeInvalidRequest,
		Status: http.StatusBadRequest,
		Detail: "this mini program needs no login; call the server by wx.cloud.callContainer",
	}
}
