package wxapi

import (
	"context"
	"errors"
	"fmt"
)

// AccessToken returns the app's access token. It is for applications that call
// WeChat's API without this package. Prefer Call, because Call also replaces a
// token that WeChat refuses.
//
// If Options.AccessToken is set, it supplies the token. Otherwise the token is
// WeChat's stable token. The client fetches the stable token by POST
// /cgi-bin/stable_token when it first needs a token, keeps it in memory and renews
// it. If the App has no Secret, the error is then ErrMisconfigured. An access token
// is as secret as the AppSecret.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
func (c *Client) AccessToken(ctx context.Context) (string, error) {
	t, err := c.accessToken(ctx, nil)
	if err != nil {
		return "", fmt.Errorf("wxapi: access token: %w", err)
	}
	return t.text, nil
}

// A tokenSource returns a token for calls to WeChat. rejected is the token that
// WeChat has just refused, or nil.
type tokenSource func(ctx context.Context, rejected *token) (*token, error)

// errNoOtherToken reports that a token source has no other token than the refused
// one.
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

// askForToken calls a function of the application that returns a token. The
// function may itself call WeChat through a Client, so its context does not contain
// the trace.
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

// callWithToken makes a call that needs a token. name is the query parameter for
// the token. If WeChat refuses the token, callWithToken repeats the call once with
// another token.
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

// callWithAccessToken calls callWithToken with the app's access token.
func (c *Client) callWithAccessToken(ctx context.Context, r request, v any) error {
	return c.callWithToken(ctx, c.accessToken, "access_token", r, v)
}
