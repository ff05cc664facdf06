package wxapi

import (
	"context"
	"errors"
	"fmt"
)

// AccessToken returns the app's access token, for applications that call WeChat's API
// without this package. Prefer [Client.Call], because it can replace a token that WeChat
// refuses.
//
// If Options.AccessToken is set, the token comes from that function. Otherwise
// AccessToken returns WeChat's stable token. The client fetches the stable token by
// POST /cgi-bin/stable_token, keeps it in memory and renews it. If neither
// Options.AccessToken nor App.Secret is set, AccessToken fails with ErrMisconfigured.
// Keep an access token as secret as the AppSecret.
//
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
func (c *Client) AccessToken(ctx context.Context) (string, error) {
	t, err := c.accessToken(ctx, nil)
	if err != nil {
		return "", fmt.Errorf("wxapi: access token: %w", err)
	}
	return t.text, nil
}

// A tokenSource returns a token for calls to WeChat. The parameter rejected is the token
// that WeChat has just refused, or nil.
type tokenSource func(ctx context.Context, rejected *token) (*token, error)

// errNoOtherToken reports that a tokenSource does not replace the rejected token.
var errNoOtherToken = errors.New("no other token")

// accessToken is the tokenSource for the app's access token.
func (c *Client) accessToken(ctx context.Context, rejected *token) (*token, error) {
	switch {
	case c.err != nil:
		return nil, c.err
	case c.group.accessTokens != nil:
		return c.askForToken(ctx, rejected, "Options.AccessToken", func(ctx context.Context, rejected string) (string, error) {
			return c.group.accessTokens(ctx, c.appID, rejected)
		})
	}
	return c.stableToken(ctx, rejected)
}

// askForToken gets a token from ask, which stands for Options.AccessToken or
// Platform.AccessToken. If ask fails, the text of the error begins with the value of name.
// The function ask can itself call WeChat through a Client. A Trace is for one call only,
// so the context that ask gets does not contain the caller's Trace.
func (c *Client) askForToken(ctx context.Context, rejected *token, name string, ask func(ctx context.Context, rejected string) (string, error)) (*token, error) {
	ctx, cancel := context.WithTimeout(WithTrace(ctx, nil), c.group.timeout)
	defer cancel()
	old := ""
	if rejected != nil {
		old = rejected.text
	}
	text, err := ask(ctx, old)
	if err != nil {
		return nil, functionError{name, err}
	}
	return &token{text: text}, nil
}

// callWithToken makes a call that needs a token. It sends the token in the query
// parameter with the given name, such as "access_token". If WeChat refuses the token,
// callWithToken asks source once for another token. If it gets one, it repeats the call.
func (c *Client) callWithToken(ctx context.Context, source tokenSource, name string, r request, v any) error {
	t, err := source(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r.query.Set(name, t.text)
	err = c.call(ctx, &r, v)
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
	return c.call(ctx, &r, v)
}

func (c *Client) callWithAccessToken(ctx context.Context, r request, v any) error {
	return c.callWithToken(ctx, c.accessToken, "access_token", r, v)
}
