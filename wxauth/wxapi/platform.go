package wxapi

import "context"

// Platform describes a third-party platform that serves a mini program. The mini
// program has authorized the platform at WeChat. For an App with a Platform,
// Code2Session calls GET /sns/component/jscode2session.
//
// https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/login/api_thirdpartycode2session.html
type Platform struct {
	// AppID is the AppID of the platform itself. WeChat calls it component_appid.
	AppID string

	// AccessToken returns the platform's component_access_token. The parameter rejected
	// is the token that WeChat has just refused, or "". The client calls AccessToken for
	// every Code2Session, with a context that ends after at most Options.Timeout. If
	// WeChat refuses the token with errcode 40001, 40014 or 42001, the client calls
	// AccessToken once more. AccessToken must be safe for concurrent use. For the errors
	// that it can return, see Options.AccessToken.
	AccessToken func(ctx context.Context, rejected string) (string, error)
}

// componentToken returns the platform's component_access_token.
func (c *Client) componentToken(ctx context.Context, rejected *token) (*token, error) {
	if c.err != nil {
		return nil, c.err
	}
	return c.askForToken(ctx, rejected, "Platform.AccessToken", c.app().Platform.AccessToken)
}
