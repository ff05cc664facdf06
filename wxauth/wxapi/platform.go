package wxapi

import "context"

// Platform is a third-party platform that a mini program has authorized to act for
// the mini program. A client of such an app logs users in by
// /sns/component/jscode2session.
//
// https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/login/api_thirdpartycode2session.html
type Platform struct {
	// AppID is the AppID of the platform itself, WeChat's component_appid.
	AppID string

	// AccessToken returns the platform's component_access_token. rejected is the
	// token that WeChat has just refused, or "". AccessToken is called for every
	// login, with a context that ends after Options.Timeout. It must be safe for
	// concurrent use.
	AccessToken func(ctx context.Context, rejected string) (string, error)
}

// componentToken is the source of the platform's token.
func (c *Client) componentToken(ctx context.Context, rejected *token) (*token, error) {
	if c.err != nil {
		return nil, c.err
	}
	return c.askForToken(ctx, rejected, c.app().Platform.AccessToken)
}
