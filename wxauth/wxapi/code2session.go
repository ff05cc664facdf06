package wxapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Session is the result of Code2Session.
type Session struct {
	// OpenID identifies the user. It is unique only within one mini program.
	OpenID string
	// UnionID identifies the user in all apps of one WeChat Open Platform account. It
	// can be empty.
	UnionID string
	// Key is the user's session_key. After a successful Code2Session, Key is zero only
	// if App.Exchange returned no Key.
	Key SessionKey
}

// Code2Session exchanges a code of wx.login for the user's Session, by GET
// /sns/jscode2session. A code works once, within five minutes. If WeChat rejects the
// code, the error is ErrInvalidCode.
//
// If WeChat is busy or does not reply, Code2Session sends the code again if time is left
// and no other call waits for its turn (see Options.MaxInFlight). If WeChat then
// reports that the code was used (errcode 40163), an earlier request may have used the
// code. In this case, the error is both ErrInvalidCode and ErrOutcomeUnknown. The package
// documentation states the maximum number of attempts.
//
// If App.Platform is set, Code2Session calls GET /sns/component/jscode2session with the
// platform's component_access_token. If WeChat refuses this token with errcode 40001,
// 40014 or 42001, Code2Session asks for another token. If it gets a token, it repeats the
// API call once. If App.Exchange is set, Code2Session uses App.Exchange instead of WeChat's
// API, and calls it at most once.
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
		err = c.call(ctx, &request{method: http.MethodGet, path: pathCode2Session, query: query}, &answer)
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
