package wxapi

// Client calls WeChat for one mini program. It is safe for concurrent use.
type Client struct {
	group  *Group
	appID  string
	app    func() App // a func, so that printing a Client cannot show the Secret
	tokens *tokens
	err    error // of Options.Validate or App.Validate; every call returns it
}

// New returns a client for app that shares nothing with others: the client of a
// group of its own. With options or an app that Validate refuses, every call of
// the client fails with ErrMisconfigured. A server of several mini programs uses
// NewGroup.
func New(app App, o Options) *Client { return NewGroup(o).Client(app) }

// AppID returns the AppID of the client's app.
func (c *Client) AppID() string { return c.appID }

// HasExchange reports whether the client trades codes by App.Exchange, which may
// give no session_key.
func (c *Client) HasExchange() bool { return c.app().Exchange != nil }
