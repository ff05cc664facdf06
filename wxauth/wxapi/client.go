// Package wxapi is a client of WeChat's server API: the calls that a mini
// program's login needs, and those that use the session_key it brings.
//
// It knows HTTP and errcodes, and nothing of sessions. Most applications use
// it through package wxauth.
//
// What is secret in a call (AppSecret, access token, code, signature and the
// reply) is known to the innermost transport alone. No error of this package
// quotes it. What it can't help is net/http's own log: should a peer send more
// than its reply over HTTP/1.1, http.Transport writes the surplus to the
// standard logger.
package wxapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Options are the settings of a Client. The zero value is good for production.
type Options struct {
	// Hosts are the base URLs to call, in order of preference; the next one
	// is tried when a connection to one can't be made. Default
	// https://api.weixin.qq.com. WeChat names https://api2.weixin.qq.com for
	// disaster recovery.
	Hosts []string

	// Timeout is for one API call with its retries, the wait for MaxInFlight
	// included. Default 5 seconds.
	Timeout time.Duration

	// Transport is the innermost transport. It sees AppSecret, codes and
	// session keys, so what logs or records goes into Instrument instead.
	// Redirects are never followed. Default: one tuned for many concurrent
	// calls of one host, which does not read the environment's proxy
	// settings; over HTTP/1.1 it has up to 64 connections.
	Transport http.RoundTripper

	// Instrument wraps the transport for tracing, metrics and the like. What
	// it sees has no secret: requests to a bare path, and responses without
	// headers and body. It must pass the request's context on.
	Instrument func(http.RoundTripper) http.RoundTripper

	// AccessToken finds an app's access token, for an application that has a
	// token server. It is called for every call that needs one; rejected is
	// the token that WeChat has just refused, or "". Default: the client
	// fetches WeChat's stable token when it first needs one and keeps it in
	// memory. Logins need none.
	AccessToken func(ctx context.Context, appID, rejected string) (string, error)

	// MaxInFlight is how many calls a client has under way at once; more wait
	// for their turn. Default 256.
	MaxInFlight int
}

// Validate reports what New would not accept.
func (o Options) Validate() error {
	for _, host := range o.Hosts {
		u, err := url.Parse(host)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" ||
			u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
			return invalidOption("Hosts", "want base URLs such as https://api.weixin.qq.com")
		}
	}
	if o.Timeout < 0 {
		return invalidOption("Timeout", "is negative")
	}
	if o.MaxInFlight < 0 {
		return invalidOption("MaxInFlight", "is negative")
	}
	return nil
}

func invalidOption(field, why string) error { return fmt.Errorf("%s: %s", field, why) }

// Client calls WeChat for one mini program. It is safe for concurrent use.
type Client struct {
	appID     string
	secret    func() string // a func, so that printing a Client can't show it
	hosts     []url.URL
	timeout   time.Duration
	transport http.RoundTripper
	turns     chan struct{} // has a place for each call under way
	tokens    *tokens

	accessTokens func(ctx context.Context, appID, rejected string) (string, error) // may be nil
	err          error                                                             // of Options.Validate; every call returns it
}

// New returns a client for app. With options that Validate refuses, every call
// of the client fails.
func New(app App, o Options) *Client {
	if len(o.Hosts) == 0 {
		o.Hosts = []string{"https://api.weixin.qq.com"}
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 256
	}
	c := &Client{appID: app.ID, secret: func() string { return app.Secret }, timeout: o.Timeout,
		tokens: new(tokens), accessTokens: o.AccessToken}
	if err := o.Validate(); err != nil {
		c.err = fmt.Errorf("wxapi: %w: %w", ErrMisconfigured, err)
		return c
	}
	for _, host := range o.Hosts {
		u, _ := url.Parse(host)
		c.hosts = append(c.hosts, *u)
	}
	if o.Transport == nil {
		o.Transport = newTransport(o.Timeout)
	}
	c.transport = innermost{o.Transport}
	if o.Instrument != nil {
		c.transport = o.Instrument(c.transport)
	}
	c.turns = make(chan struct{}, o.MaxInFlight)
	return c
}

// AppID returns the AppID of the client's app.
func (c *Client) AppID() string { return c.appID }

// A request is one call of WeChat's API, before it is known to which host.
type request struct {
	method, path string
	query        url.Values
	body         any  // sent as JSON, if not nil
	once         bool // not to be sent again if it may have reached WeChat
}

// call sends a request and decodes WeChat's answer into v. An errcode other
// than 0 is an *Error.
func (c *Client) call(ctx context.Context, r request, v any) error {
	if c.err != nil {
		return c.err
	}
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return err
		}
	}
	end := time.Now().Add(c.timeout)
	if err := c.takeTurn(ctx, end); err != nil {
		return err
	}
	defer func() { <-c.turns }()

	const attempts = 3
	host, lost := 0, false // lost: an attempt without an answer may have reached WeChat
	for n := 1; ; n++ {
		a := &attempt{method: r.method, url: c.hosts[host%len(c.hosts)], body: body}
		a.url.Path, a.url.RawQuery = r.path, r.query.Encode()
		err := c.try(ctx, end, a, v)
		sent := int(a.sent.Load())
		var answer *Error
		if errors.As(err, &answer) && answer.Code == 40163 && (lost || sent > 1) {
			// A second send may also be net/http's own, on a new connection.
			return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
		}
		retry := errors.Is(err, ErrBusy) || errors.Is(err, ErrUnavailable)
		if !retry || n == attempts || r.once && sent > 0 || !pause(ctx, end, n) {
			return err
		}
		if sent == 0 {
			host++
		} else {
			lost = true
		}
	}
}

// takeTurn waits until there is a place in c.turns, and takes it.
func (c *Client) takeTurn(ctx context.Context, end time.Time) error {
	select {
	case c.turns <- struct{}{}:
		return nil
	default:
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	select {
	case c.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return unavailable(ctx, nil)
	}
}

// pause waits before attempt n+1, and reports whether there is time for it.
func pause(ctx context.Context, end time.Time, n int) bool {
	wait := time.Duration(n) * (50 + rand.N[time.Duration](100)) * time.Millisecond
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	if time.Until(end) <= wait {
		return false
	}
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

// try makes one attempt. It is given three fifths of the client's timeout, so
// that a dead connection leaves time for another.
func (c *Client) try(ctx context.Context, end time.Time, a *attempt, v any) error {
	if own := time.Now().Add(c.timeout * 3 / 5); own.Before(end) {
		end = own
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	resp, err := c.transport.RoundTrip(a.bare(ctx))
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	got := a.reply.Load()
	switch {
	case got != nil && got.err != nil:
		return got.err
	case err != nil || got == nil: // a failure of Instrument's own
		return unavailable(ctx, err)
	case got.status != http.StatusOK:
		return fmt.Errorf("%w: HTTP status %d", ErrBadReply, got.status)
	}
	var status struct {
		ErrCode number `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}
	// The Content-Type says text/plain for some calls, so it isn't looked at.
	if !bytes.HasPrefix(bytes.TrimSpace(got.body), []byte("{")) || json.Unmarshal(got.body, &status) != nil {
		return fmt.Errorf("%w: not a JSON object of the documented form", ErrBadReply)
	}
	if status.ErrCode != 0 {
		return &Error{Code: int(status.ErrCode), RID: ridOf(status.ErrMsg)}
	}
	if json.Unmarshal(got.body, v) != nil {
		return fmt.Errorf("%w: not a JSON object of the documented form", ErrBadReply)
	}
	return nil
}

// number is a JSON number that WeChat now and then sends as a string.
type number int

func (n *number) UnmarshalJSON(b []byte) error {
	if len(b) > 2 && b[0] == '"' && b[len(b)-1] == '"' {
		b = b[1 : len(b)-1]
	}
	if string(b) == "null" {
		return nil
	}
	i, err := strconv.Atoi(string(b))
	*n = number(i)
	return err
}
