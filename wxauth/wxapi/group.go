package wxapi

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Group creates clients that share one transport and one limit, Options.MaxInFlight.
// The maximum number of connections therefore does not grow with the number of mini
// programs. A Group is safe for concurrent use.
type Group struct {
	hosts        *hosts
	timeout      time.Duration
	transport    http.RoundTripper
	turns        *turns
	accessTokens func(ctx context.Context, appID, rejected string) (string, error) // may be nil
	// err, if not nil, wraps the error of Options.Validate.
	err error
}

// NewGroup returns a Group with the given options. If o.Validate returns an error,
// every API call of the group's clients fails with ErrMisconfigured.
func NewGroup(o Options) *Group {
	if err := o.Validate(); err != nil {
		return &Group{err: fmt.Errorf("wxapi: %w: Options.%w", ErrMisconfigured, err)}
	}
	if len(o.Hosts) == 0 {
		o.Hosts = []string{"https://api.weixin.qq.com"}
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 256
	}
	if o.Transport == nil {
		o.Transport = newTransport(o.Timeout/3, o.MaxInFlight)
	}
	g := &Group{
		hosts: newHosts(o.Hosts), timeout: o.Timeout, transport: innermost{o.Transport},
		turns: newTurns(o.MaxInFlight), accessTokens: o.AccessToken,
	}
	if o.Instrument != nil {
		g.transport = o.Instrument(g.transport)
	}
	return g
}

// Client returns a client for app. If the client fetches an access token, it does not share
// the token with other clients. If app.Validate returns an error, every API call of the
// client fails with ErrMisconfigured.
func (g *Group) Client(app App) *Client {
	c := &Client{group: g, appID: app.ID, app: func() App { return app }, tokens: new(tokens), err: g.err}
	if err := app.Validate(); err != nil && c.err == nil {
		c.err = fmt.Errorf("wxapi: %w: App.%w", ErrMisconfigured, err)
	}
	return c
}
