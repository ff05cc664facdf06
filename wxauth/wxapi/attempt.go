package wxapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
)

// maxReply and maxRawReply limit the size of a reply, in bytes.
const (
	maxReply    = 64 << 10
	maxRawReply = 4 << 20 // if request.raw is set, for example for a QR code
)

// An attempt is one HTTP request to WeChat and its reply. The RoundTripper that
// Options.Instrument returns sees only a bare request, which has no query and no body, and
// a bare response, which has no body. The context of the bare request contains the func
// attempt.roundTrip instead of the attempt. Reflection could read secrets in an
// attempt, but it cannot look into a func. The type innermost calls this func to send the
// real request, which has the query and the body.
type attempt struct {
	*request
	url  url.URL // the URL that is sent, with the query
	body []byte

	sent  atomic.Int32 // the number of times that the request may have reached WeChat
	reply atomic.Pointer[reply]
}

// reply is the result of an attempt: the body of a successful reply, or an error. The error
// contains nothing from WeChat's reply except the fields of an *Error.
type reply struct {
	body []byte
	err  error
}

type attemptKey struct{}

type roundTripFunc func(base http.RoundTripper, bare *http.Request) (*http.Response, error)

// innermost is the transport that Options.Instrument wraps. Of all transports, only
// innermost and its base see secrets.
type innermost struct{ base http.RoundTripper }

func (t innermost) RoundTrip(bare *http.Request) (*http.Response, error) {
	send, ok := bare.Context().Value(attemptKey{}).(roundTripFunc)
	if !ok {
		return nil, errContextLost
	}
	return send(t.base, bare)
}

func (a *attempt) bare(ctx context.Context) *http.Request {
	u := a.url
	u.RawQuery = ""
	r := &http.Request{Method: a.method, URL: &u, Host: u.Host, Header: make(http.Header),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	return r.WithContext(context.WithValue(ctx, attemptKey{}, roundTripFunc(a.roundTrip)))
}

// roundTrip sends the request with its query and its body. This request has a new context
// without the values of the caller's context. Otherwise an httptrace of the caller could read
// secrets, for example the query in the :path header of an HTTP/2 request.
func (a *attempt) roundTrip(base http.RoundTripper, bare *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(bare.Context(), cancel)()

	// An http.Transport calls GetConn before it looks for a connection, and GotConn
	// when it has the connection. If another transport does not call GetConn, assume
	// that it sent the request.
	var asked atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { a.sent.Add(1) },
	})
	resp, err := base.RoundTrip(a.real(ctx, bare.Header))
	if !asked.Load() {
		a.sent.Add(1)
	}
	if err != nil {
		return nil, a.finish(nil, unavailable(bare.Context(), err))
	}
	defer resp.Body.Close()
	limit := maxReply
	if a.raw {
		limit = maxRawReply
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	switch {
	case err != nil && bare.Context().Err() != nil:
		return nil, a.finish(nil, unavailable(bare.Context(), err))
	case resp.StatusCode != http.StatusOK: // before the next case, because the status says more than an incomplete body
		err = a.refused(resp)
	case err != nil:
		err = badReply("it broke off")
	case len(body) > limit:
		err = badReply(fmt.Sprintf("it is over %d bytes long", limit))
	default:
		body, err = a.judge(body)
	}
	return bareResponse(bare, resp.StatusCode, a.finish(body, err)), nil
}

func (a *attempt) real(ctx context.Context, header http.Header) *http.Request {
	r := &http.Request{Method: a.method, URL: &a.url, Host: a.url.Host, Header: header.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if a.body != nil {
		// WeChat answers HTTP status 412 to a chunked body. With a ContentLength, the
		// body is not chunked.
		r.Header.Set("Content-Type", "application/json")
		r.ContentLength = int64(len(a.body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(a.body)), nil }
		r.Body, _ = r.GetBody()
	}
	return r.WithContext(ctx)
}

func (a *attempt) finish(body []byte, err error) error {
	a.reply.Store(&reply{body, err})
	return err
}

// bareResponse returns the response for the RoundTripper that Options.Instrument returns. If
// WeChat reported an errcode other than 0, the headers contain the errcode. The headers can
// also contain WeChat's id of the request.
func bareResponse(bare *http.Request, status int, err error) *http.Response {
	header := make(http.Header)
	var failure *Error
	if errors.As(err, &failure) && failure.Code != 0 {
		header.Set("Wxapi-Errcode", strconv.Itoa(failure.Code))
		if failure.RID != "" {
			header.Set("Wxapi-Rid", failure.RID)
		}
	}
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode: status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  header,
		Body:    http.NoBody,
		Request: bare,
	}
}
