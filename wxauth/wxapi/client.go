package wxapi

// Client calls WeChat for one mini program. It is safe for concurrent use.
type Client struct {
	group  *Group
	appID  string
	app    func() App // a func, so that a printed Client does not show the Secret
	tokens *tokens
	err    error // of Options.Validate or App.Validate; every call returns it
}

// New returns a client for app. The client has its own group and shares nothing
// with other clients. If Validate refuses the options or the app, every call of the
// client fails with ErrMisconfigured. A server of several mini programs uses
// NewGroup.
func New(app App, o Options) *Client { return NewGroup(o).Client(app) }

// AppID returns the AppID of the client's app.
func (c *Client) AppID() string { return c.appID }

// HasExchange reports whether the client exchanges codes by App.Exchange. In
// that case, a session may lack a session_key.
func (c *Client) HasExchange() bool { return c.app().Exchange != nil }
