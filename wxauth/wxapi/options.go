package wxapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Options configures a Group or a Client. The zero value suits production.
type Options struct {
	// Hosts are the base URLs to call, in order of preference. A call that
	// cannot connect to one tries the next, and further calls pass that host
	// over for ten seconds. Default https://api.weixin.qq.com. WeChat names
	// https://api2.weixin.qq.com for disaster recovery.
	Hosts []string

	// Timeout limits one API call, including its wait for a turn and its
	// repetitions. Default 5 seconds. A call waits at most two fifths of it
	// for a turn and gives each attempt at most three fifths, so a WeChat that
	// takes longer than three fifths to answer fails every call.
	Timeout time.Duration

	// Transport is the innermost transport. It sees AppSecret, codes and
	// session keys; tracing and logging belong in Instrument instead.
	// Redirects are never followed. The default keeps MaxInFlight connections
	// to a host, takes a third of Timeout to connect at most, and ignores the
	// environment's proxy settings.
	Transport http.RoundTripper

	// Instrument wraps the transport for tracing, metrics and the like. It
	// sees no secret: its requests have a bare path, and its responses have no
	// body and no headers but two of this package, Wxapi-Errcode and
	// Wxapi-Rid. They carry the errcode and the request id of a failure that
	// WeChat reported. Instrument must pass the request's context on.
	Instrument func(http.RoundTripper) http.RoundTripper

	// AccessToken returns an app's access token, for an application that has a
	// token server. The client calls it for every API call that needs a token,
	// with a context that ends after Timeout. rejected is the token that WeChat
	// has just refused, or "". By default the client fetches WeChat's stable
	// token when it first needs one and keeps it in memory. Logins need no
	// token.
	AccessToken func(ctx context.Context, appID, rejected string) (string, error)

	// MaxInFlight is how many calls a group has under way at once, and how
	// many connections the default Transport keeps to a host. Default 256.
	// Further calls wait for their turn, in order. Once four times MaxInFlight
	// calls wait, another one fails with ErrUnavailable at once.
	MaxInFlight int
}

// Validate reports what NewGroup and New would not accept. The error names the
// field.
func (o Options) Validate() error {
	for _, host := range o.Hosts {
		u, err := url.Parse(host)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" ||
			u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
			return invalidField("Hosts", "must be base URLs such as https://api.weixin.qq.com")
		}
	}
	if o.Timeout < 0 {
		return invalidField("Timeout", "is negative")
	}
	if o.MaxInFlight < 0 {
		return invalidField("MaxInFlight", "is negative")
	}
	return nil
}

func invalidField(name, why string) error { return fmt.Errorf("%s %s", name, why) }
