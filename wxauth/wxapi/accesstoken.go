package wxapi

import (
	"context"
	"errors"
	"fmt"
)

// AccessToken returns the app's access token, for a call of WeChat's API that
// the application makes by itself. Call is the better way: it also replaces a
// token that WeChat refuses.
//
// The token is Options.AccessToken's, where that is set, and else WeChat's
// stable token, which the client fetches when it first needs one, keeps in
// memory and renews. An access token is a secret as much as the AppSecret is.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
func (c *Client) AccessToken(ctx context.Context) (string, error) {
	t, err := c.accessToken(ctx, nil)
	if err != nil {
		return "", fmt.Errorf("wxapi: access token: %w", err)
	}
	return t.text, nil
}

// A tokenSource returns a token to call WeChat with. rejected is the token that
// WeChat has just refused, or nil.
type tokenSource func(ctx context.Context, rejected *token) (*token, error)

// errNoOtherToken reports that a token source has only the token that was
// refused.
var errNoOtherToken = errors.New("no other token")

// accessToken is the source of the app's access token.
func (c *Client) accessToken(ctx context.Context, rejected *token) (*token, error) {
	switch {
	case c.err != nil:
		return nil, c.err
	case c.group.accessTokens != nil:
		return c.askForToken(ctx, rejected, func(ctx context.Context, rejected string) (string, error) {
			return c.group.accessTokens(ctx, c.appID, rejected)
		})
	}
	return c.stableToken(ctx, rejected)
}

// askForToken asks a function of the application's for a token. The function
// may call WeChat through a Client itself, so it does not get the trace.
func (c *Client) askForToken(ctx context.Context, rejected *token, ask func(ctx context.Context, rejected string) (string, error)) (*token, error) {
	ctx, cancel := context.WithTimeout(WithTrace(ctx, nil), c.group.timeout)
	defer cancel()
	old := ""
	if rejected != nil {
		old = rejected.text
	}
	text, err := ask(ctx, old)
	if err != nil {
		return nil, err
	}
	return &token{text: text}, nil
}

// callWithToken is call for what needs a token, in a query parameter of the
// given name. If WeChat refuses the token, the call is made once more with
// another one.
func (c *Client) callWithToken(ctx context.Context, source tokenSource, name string, r request, v any) error {
	t, err := source(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r.query.Set(name, t.text)
	err = c.call(ctx, r, v)
	if !rejectsToken(err) {
		return err
	}
	other, failed := source(ctx, t)
	if errors.Is(failed, errNoOtherToken) {
		return err
	}
	if failed != nil {
		return fmt.Errorf("%s: %w", name, failed)
	}
	r.query.Set(name, other.text)
	return c.call(ctx, r, v)
}

// callWithAccessToken is callWithToken with the app's access token.
func (c *Client) callWithAccessToken(ctx context.Context, r request, v any) error {
	return c.callWithToken(ctx, c.accessToken, "access_token", r, v)
}
