package wxapi

// Client calls WeChat for one mini program. It is safe for concurrent use.
type Client struct {
	group  *Group
	appID  string
	app    func() App // a func, so printing a Client does not show the Secret
	tokens *tokens
	// err, if not nil, wraps the error of Options.Validate or App.Validate. Every API
	// call fails with this error.
	err error
}

// New returns a client for app, in a Group of its own. If o.Validate or app.Validate
// returns an error, every API call of the client fails with ErrMisconfigured. For a server
// with several mini programs, use NewGroup.
func New(app App, o Options) *Client { return NewGroup(o).Client(app) }

// AppID returns the AppID of the client's app.
func (c *Client) AppID() string { return c.appID }

// HasExchange reports whether App.Exchange is set. If App.Exchange is set, the Key of a
// Session can be zero.
func (c *Client) HasExchange() bool { return c.app().Exchange != nil }
