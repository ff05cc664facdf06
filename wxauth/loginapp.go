package wxauth

import (
	"net/http"
	"strings"

	"example.com/wxlogin/wxauth/wxapi"
)

// loginApp returns the client of the app that a login is for. It is the one that the
// request names. Otherwise, where more than one app is possible, it is the one in the
// Referer that wx.request always sends. Otherwise it is the one listed app.
func (a *Auth) loginApp(appID string, r *http.Request) (*wxapi.Client, error) {
	if appID == "" && (a.apps.only == "" || a.apps.found.find != nil) {
		appID = refererApp(r)
	}
	if appID == "" {
		appID = a.apps.only
	}
	client, err := a.apps.client(r.Context(), appID)
	if err == ErrUnknownApp {
		err = invalidRequest(http.StatusBadRequest, "the appid is not one that this server serves")
	}
	return client, err
}

// refererApp returns the appid in the Referer of wx.request, which is
// https://servicewechat.com/{appid}/{version}/page-frame.html, or "".
func refererApp(r *http.Request) string {
	rest, ok := strings.CutPrefix(r.Referer(), "https://servicewechat.com/")
	if !ok {
		return ""
	}
	appID, _, _ := strings.Cut(rest, "/")
	return appID
}
