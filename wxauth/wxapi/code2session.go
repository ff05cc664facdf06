package wxapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Session is what WeChat gives for a login code.
type Session struct {
	OpenID  string     // the user, for this app
	UnionID string     // the user, for all apps of one WeChat Open Platform account; may be empty
	Key     SessionKey // a secret of WeChat and the server; the zero value only where App.Exchange gave none
}

// Code2Session trades a code of wx.login for the user's session. A code can be
// traded once, within five minutes.
//
// The code is sent again, up to twice, if WeChat is busy or gave no reply. If
// WeChat then says that the code was used, the error is both ErrInvalidCode and
// ErrOutcomeUnknown.
//
// With App.Platform the third-party platform asks in the app's name, and with
// App.Exchange that function trades the code.
//
// See https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
// and https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/login/api_thirdpartycode2session.html.
func (c *Client) Code2Session(ctx context.Context, code string) (Session, error) {
	trade := c.code2Session
	if c.app().Exchange != nil {
		trade = c.exchange
	}
	s, err := trade(ctx, code)
	if err == nil && !(plain(s.OpenID) && (s.UnionID == "" || plain(s.UnionID)) && (s.Key.IsZero() || plain(UnsafeRevealSessionKey(s.Key)))) {
		err = badReply("an openid, unionid or session_key that cannot be one")
	}
	if err != nil {
		return Session{}, fmt.Errorf("wxapi: code2Session: %w", err)
	}
	return s, nil
}

// code2Session asks WeChat.
func (c *Client) code2Session(ctx context.Context, code string) (Session, error) {
	app := c.app()
	query := url.Values{
		"appid":      {app.ID},
		"js_code":    {code},
		"grant_type": {"authorization_code"},
	}
	var answer struct {
		OpenID     string `json:"openid"`
		UnionID    string `json:"unionid"`
		SessionKey string `json:"session_key"`
	}
	var err error
	if app.Platform == nil {
		query.Set("secret", app.Secret)
		err = c.call(ctx, request{method: http.MethodGet, path: pathCode2Session, query: query}, &answer)
	} else {
		query.Set("component_appid", app.Platform.AppID)
		err = c.callWithToken(ctx, c.componentToken, "component_access_token",
			request{method: http.MethodGet, path: pathComponentCode2Session, query: query}, &answer)
	}
	if err == nil && (answer.OpenID == "" || answer.SessionKey == "") {
		err = badReply("no openid or no session_key")
	}
	return Session{OpenID: answer.OpenID, UnionID: answer.UnionID, Key: UnsafeSessionKey(answer.SessionKey)}, err
}
