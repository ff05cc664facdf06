package wxapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// signed returns the query of a call that must prove that the server has the user's
// session_key. The proof is a signature of an empty body. WeChat's pages list some of
// these parameters as parts of the body, but the samples on the same pages send them in
// the query.
func signed(openID string, key SessionKey) url.Values {
	return url.Values{
		"openid":     {openID},
		"signature":  {key.Sign(nil)},
		"sig_method": {"hmac_sha256"},
	}
}

// CheckSessionKey asks WeChat whether key is the user's live session_key, by GET
// /wxa/checksession. A live session_key is neither expired nor replaced. A user has at most
// one live session_key for each mini program. If key is not the live session_key, the error
// is ErrSessionKeyInvalid.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/checkSessionKey.html
func (c *Client) CheckSessionKey(ctx context.Context, openID string, key SessionKey) error {
	err := c.callWithAccessToken(ctx, request{method: http.MethodGet, path: "/wxa/checksession",
		query: signed(openID, key)}, &struct{}{})
	if err != nil {
		return fmt.Errorf("wxapi: checkSessionKey: %w", err)
	}
	return nil
}

// ResetSessionKey makes WeChat replace the user's session_key, by GET
// /wxa/resetusersessionkey, and returns the new key. The new key expires when the old
// key would have expired. If key is not the user's live session_key, the error is
// ErrSessionKeyInvalid.
//
// If the reply is lost, WeChat may have replaced the old key. ResetSessionKey then does
// not repeat the call, because the repetition would be signed with the old key. Package
// net/http itself can repeat the call; see Client.Call. If WeChat has replaced the key
// but the reply is lost, the server gets the new key only from a new login of the user.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/ResetUserSessionKey.html
func (c *Client) ResetSessionKey(ctx context.Context, openID string, key SessionKey) (SessionKey, error) {
	var answer struct {
		OpenID     string `json:"openid"`
		SessionKey string `json:"session_key"`
	}
	err := c.callWithAccessToken(ctx, request{method: http.MethodGet, path: "/wxa/resetusersessionkey",
		query: signed(openID, key), once: true}, &answer)
	if err == nil && (answer.OpenID != openID || !plain(answer.SessionKey)) {
		err = badReply("another openid, or no session_key")
	}
	if err != nil {
		return SessionKey{}, fmt.Errorf("wxapi: resetUserSessionKey: %w", err)
	}
	return UnsafeSessionKey(answer.SessionKey), nil
}
