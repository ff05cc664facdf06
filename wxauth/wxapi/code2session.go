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
	Key     SessionKey // shared by WeChat and the server only
}

// Code2Session trades a code of wx.login for the user's session. A code can be
// traded once, within five minutes.
//
// It is sent again, up to twice, if WeChat is busy or gave no reply; if the
// code then turns out to be used, the error is both ErrInvalidCode and
// ErrOutcomeUnknown.
//
// See https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html.
func (c *Client) Code2Session(ctx context.Context, code string) (Session, error) {
	var answer struct {
		OpenID     string `json:"openid"`
		UnionID    string `json:"unionid"`
		SessionKey string `json:"session_key"`
	}
	err := c.call(ctx, request{method: http.MethodGet, path: pathCode2Session, query: url.Values{
		"appid":      {c.appID},
		"secret":     {c.secret()},
		"js_code":    {code},
		"grant_type": {"authorization_code"},
	}}, &answer)
	if err == nil && !(plain(answer.OpenID) && plain(answer.SessionKey) && (answer.UnionID == "" || plain(answer.UnionID))) {
		err = badReply("no openid or no session_key")
	}
	if err != nil {
		return Session{}, fmt.Errorf("wxapi: code2Session: %w", err)
	}
	return Session{OpenID: answer.OpenID, UnionID: answer.UnionID, Key: UnsafeSessionKey(answer.SessionKey)}, nil
}
