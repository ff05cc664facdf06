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
	// Hosts are the base URLs to call, in order of preference. A call that cannot
	// connect to a host tries the next host. Further calls skip the failed host for
	// ten seconds. The default is https://api.weixin.qq.com. WeChat names
	// https://api2.weixin.qq.com for disaster recovery.
	Hosts []string

	// Timeout limits one API call, including its wait for a turn and its
	// repetitions. The default is 5 seconds. A call waits for a turn for at most
	// two fifths of Timeout. Each attempt has at most three fifths of Timeout. If
	// WeChat takes longer than that to answer, every call fails with
	// ErrUnavailable.
	Timeout time.Duration

	// Transport is the innermost transport. It sees the AppSecret, codes and
	// session keys, so put tracing and logging into Instrument instead. Redirects
	// are never followed. The default Transport keeps at most MaxInFlight
	// connections to a host. It connects within a third of Timeout, and ignores the
	// proxy settings in the environment.
	Transport http.RoundTripper

	// Instrument wraps the transport for tracing, metrics and similar purposes. It
	// sees no secrets. Its requests have a path without a query, and its responses
	// have no body. The only response headers are Wxapi-Errcode and Wxapi-Rid,
	// which this package sets. They contain the errcode and the request id of a
	// failure that WeChat reported. Instrument must pass the request's context on.
	// Instrument may be nil.
	Instrument func(http.RoundTripper) http.RoundTripper

	// AccessToken returns an app's access token, for an application that has a
	// token server. The client calls it for every API call that needs a token, with
	// a context that ends after Timeout. rejected is the token that WeChat has just
	// refused, or "". AccessToken must be safe for concurrent use. Code2Session
	// needs no access token. If AccessToken is nil, the client fetches WeChat's
	// stable token when it first needs one and keeps it in memory.
	AccessToken func(ctx context.Context, appID, rejected string) (string, error)

	// MaxInFlight is the maximum number of calls that a group has under way at
	// the same time. It is also the maximum number of connections from the default
	// Transport to a host. The default is 256. Further calls wait for their turn,
	// in order. If four times MaxInFlight calls already wait, a further call fails with
	// ErrUnavailable immediately.
	MaxInFlight int
}

// Validate returns an error if NewGroup and New would not accept the options. The
// error names the field.
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
