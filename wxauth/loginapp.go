package wxauth

import (
	"net/http"
	"strings"

	"example.com/wxlogin/wxauth/wxapi"
)

// loginApp returns the wxapi.Client of the app that a login is for. The argument appID
// comes from Config.Code, the query or the body. If it is "" and the server can serve
// several apps, loginApp uses the appid in the Referer header, if there is one. wx.request
// always sends this header.
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

// refererApp returns the appid in the Referer header of wx.request, or "". The
// header has the form https://servicewechat.com/{appid}/{version}/page-frame.html.
func refererApp(r *http.Request) string {
	rest, ok := strings.CutPrefix(r.Referer(), "https://servicewechat.com/")
	if !ok {
		return ""
	}
	appID, _, _ := strings.Cut(rest, "/")
	return appID
}
