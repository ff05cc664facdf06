package wxapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"
)

// maxReply is how much of a reply is read. The largest that WeChat sends here
// is under 2 KiB.
const maxReply = 64 << 10

// newTransport returns a transport for one host that is called from many
// goroutines. It keeps its connections, at most conns of them, takes at most
// the time given to dial, and asks the environment for nothing, least of all a
// proxy.
func newTransport(dial time.Duration, conns int) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dial}).DialContext,
		TLSHandshakeTimeout:    dial,
		MaxConnsPerHost:        conns,
		MaxIdleConnsPerHost:    conns,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxReply,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}

// An attempt is one HTTP exchange with WeChat. The layers of Options.Instrument
// are handed a request without its query and body, and a response without
// headers and body. The real ones are in the attempt, which the innermost
// transport finds in the request's context, wrapped in a func so that not even
// reflection sees into it.
type attempt struct {
	method string
	url    url.URL // as it goes out, with the query
	body   []byte

	sent  atomic.Int32 // how often it may have reached WeChat
	reply atomic.Pointer[reply]
}

type reply struct {
	status int
	body   []byte
	err    error // of the sanitized kind that unavailable makes
}

type attemptKey struct{}

type roundTripFunc func(base http.RoundTripper, bare *http.Request) (*http.Response, error)

// innermost is the only one who sends what is secret.
type innermost struct{ base http.RoundTripper }

func (t innermost) RoundTrip(bare *http.Request) (*http.Response, error) {
	send, ok := bare.Context().Value(attemptKey{}).(roundTripFunc)
	if !ok {
		return nil, errors.New("wxapi: Instrument must pass on the request's context")
	}
	return send(t.base, bare)
}

// bare is the request as the layers above the innermost transport see it.
func (a *attempt) bare(ctx context.Context) *http.Request {
	u := a.url
	u.RawQuery = ""
	r := &http.Request{Method: a.method, URL: &u, Host: u.Host, Header: make(http.Header),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	return r.WithContext(context.WithValue(ctx, attemptKey{}, roundTripFunc(a.roundTrip)))
}

// roundTrip sends the real request. Its context has no value of the caller's,
// so that no httptrace there is told the query or a header of the reply.
func (a *attempt) roundTrip(base http.RoundTripper, bare *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(bare.Context(), cancel)()

	// A transport that has to get a connection first tells the trace so, and
	// then whether it got one. From one that tells nothing, the worst is assumed.
	var asked atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { a.sent.Add(1) },
	})
	real := (&http.Request{Method: a.method, URL: &a.url, Host: a.url.Host, Header: bare.Header.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	if a.body != nil {
		// WeChat answers 412 to a chunked body, so the length is given.
		real.Header.Set("Content-Type", "application/json")
		real.ContentLength = int64(len(a.body))
		real.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(a.body)), nil }
		real.Body, _ = real.GetBody()
	}

	resp, err := base.RoundTrip(real)
	if !asked.Load() {
		a.sent.Add(1)
	}
	if err != nil {
		return nil, a.fail(bare.Context(), err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil && bare.Context().Err() != nil {
		return nil, a.fail(bare.Context(), err)
	}
	r := &reply{status: resp.StatusCode, body: body}
	if err != nil {
		r.err = fmt.Errorf("%w: it broke off", ErrBadReply)
	} else if len(body) > maxReply {
		r.err = fmt.Errorf("%w: it is over %d bytes long", ErrBadReply, maxReply)
	}
	a.reply.Store(r)
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)),
		StatusCode: r.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  make(http.Header),
		Body:    http.NoBody,
		Request: bare,
	}, nil
}

// fail keeps of a transport's error only what can't hold a secret: the texts of
// net/http quote URLs, and what the peer sent.
func (a *attempt) fail(ctx context.Context, err error) error {
	r := &reply{err: unavailable(ctx, err)}
	a.reply.Store(r)
	return r.err
}

func unavailable(ctx context.Context, err error) error {
	var (
		errno syscall.Errno
		cert  *tls.CertificateVerificationError
		dns   *net.DNSError
		net   net.Error
	)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case errors.As(err, &errno):
		return fmt.Errorf("%w: %w", ErrUnavailable, errno)
	case errors.As(err, &cert):
		return fmt.Errorf("%w: its certificate is not trusted", ErrUnavailable)
	case errors.As(err, &dns):
		return fmt.Errorf("%w: its name was not resolved", ErrUnavailable)
	case errors.As(err, &net) && net.Timeout():
		return fmt.Errorf("%w: timeout", ErrUnavailable)
	}
	return fmt.Errorf("%w: the connection failed", ErrUnavailable)
}
