package wxapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Options configures a Group or a Client. The zero value is suitable for production.
type Options struct {
	// Hosts are the base URLs of WeChat's API, in order of preference. If a call cannot
	// connect to a host, the call tries the next host. For about ten seconds, later
	// calls prefer the other hosts. The default is https://api.weixin.qq.com. WeChat's
	// host for disaster recovery is https://api2.weixin.qq.com.
	Hosts []string

	// Timeout limits the duration of one API call, including its wait for a turn (see
	// MaxInFlight) and its repetitions. The default is 5 seconds. A call waits at most
	// two fifths of Timeout for a turn. Each HTTP request takes at most three fifths of
	// Timeout. If WeChat takes longer than three fifths of Timeout to answer, every
	// call to WeChat fails with ErrUnavailable. Fetching an access token and repeating a
	// call with another token count as separate API calls.
	Timeout time.Duration

	// Transport sends the requests to WeChat. It sees secrets such as the AppSecret,
	// codes and session keys, so put tracing and logging into Instrument instead. The
	// client never follows redirects. The default Transport limits the TCP connect and
	// the TLS handshake to a third of Timeout each. It ignores the proxy settings in the
	// environment.
	Transport http.RoundTripper

	// Instrument wraps the transport, for example for tracing and metrics. It can be
	// nil. The RoundTripper that it returns, the wrapper, sees no secrets. The wrapper
	// gets requests that have no query and no body, and responses that have no body. The
	// only response headers are Wxapi-Errcode and Wxapi-Rid, which this package sets.
	// If WeChat reports an errcode other than 0, Wxapi-Errcode contains the errcode, and
	// Wxapi-Rid can contain WeChat's id of the request. The wrapper must pass on the
	// request's context, or a context derived from it.
	Instrument func(http.RoundTripper) http.RoundTripper

	// AccessToken returns an app's access token. Set it if another server of yours
	// fetches the access tokens. The client calls AccessToken for every API call that
	// needs an access token, with a context that ends after at most Timeout. If WeChat
	// refuses a token, the client calls AccessToken once more. The parameter rejected is
	// the token that WeChat has just refused, or "". AccessToken must be safe for
	// concurrent use. Code2Session needs no access token. If AccessToken is nil and
	// App.Secret is set, the client fetches a token by POST /cgi-bin/stable_token when it
	// first needs one, keeps the token in memory and renews it.
	//
	// If AccessToken returns or wraps an error of this package, such as ErrRateLimited,
	// errors.Is finds this error in the call's error. Any other error counts as
	// ErrUnavailable. The text of the call's error omits your own error texts, because
	// they may contain secrets.
	AccessToken func(ctx context.Context, appID, rejected string) (string, error)

	// MaxInFlight is the maximum number of calls that a group has under way at the same
	// time. Each of these calls has a turn. Further calls wait for a turn, in the order
	// of their arrival. The default is 256. MaxInFlight is also the maximum number of
	// connections from the default Transport to a host. At most 4*MaxInFlight calls
	// wait. Any call beyond these fails immediately with ErrUnavailable.
	MaxInFlight int
}

// Validate returns an error if a field has an invalid value. The error names the field.
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
