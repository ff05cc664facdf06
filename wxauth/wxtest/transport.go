package wxtest

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"syscall"
)

// Transport returns a RoundTripper that reaches the server without a network,
// whatever host the request names. The call runs in the goroutine of RoundTrip
// and leaves none behind, so that it can be used in a testing/synctest bubble
// (make the Server there too, for its clock).
//
// It honours the request's context, also while a reply is delayed or its body
// read, and tells an httptrace.ClientTrace of GetConn, GotConn, WroteRequest
// and GotFirstResponseByte. A refused connection is a *net.OpError whose Op is
// "dial", and there is no GotConn then; a dropped one is io.ErrUnexpectedEOF
// after GotConn.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil {
		trace = new(httptrace.ClientTrace)
	}
	body, length, err := requestBody(r)
	if err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	c := newCall(r, length, body)
	c.host, c.url = r.Host, r.URL.String()
	if c.host == "" {
		c.host = r.URL.Host
	}

	if trace.GetConn != nil {
		trace.GetConn(hostPort(r))
	}
	f := t.server.begin(c)
	if trace.GotConn != nil && !f.Refuse {
		conn, _ := net.Pipe() // for those who look at its addresses
		trace.GotConn(httptrace.GotConnInfo{Conn: conn})
	}
	if trace.WroteRequest != nil && !f.Refuse {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	re, err := t.server.finish(ctx, c, f)
	switch {
	case err != nil:
		return nil, err
	case f.Refuse:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case re.lost:
		return nil, io.ErrUnexpectedEOF
	}
	if trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}

	reader := &replyBody{ctx: ctx, rest: bytes.NewReader(re.body), end: io.EOF}
	contentLength := int64(len(re.body))
	if re.truncated {
		reader.end = io.ErrUnexpectedEOF
		contentLength++
	}
	if c.method == http.MethodHead {
		reader = &replyBody{ctx: ctx, rest: bytes.NewReader(nil), end: io.EOF}
	}
	return &http.Response{
		Status:        strconv.Itoa(re.status) + " " + http.StatusText(re.status),
		StatusCode:    re.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        re.header,
		Body:          reader,
		ContentLength: contentLength,
		Request:       r,
	}, nil
}

// requestBody reads and closes the body. The length is -1 when the request does
// not say it, and net/http would send it in chunks.
func requestBody(r *http.Request) ([]byte, int64, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, 0, nil
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	length := r.ContentLength
	if length == 0 {
		length = -1
	}
	return body, length, err
}

// hostPort is where a request is sent, as httptrace names it.
func hostPort(r *http.Request) string {
	if r.URL.Port() != "" {
		return r.URL.Host
	}
	if r.URL.Scheme == "http" {
		return net.JoinHostPort(r.URL.Hostname(), "80")
	}
	return net.JoinHostPort(r.URL.Hostname(), "443")
}

// replyBody is a body that ends with the request's context, or with an error.
type replyBody struct {
	ctx  context.Context
	rest *bytes.Reader
	end  error
}

func (b *replyBody) Read(p []byte) (int, error) {
	if err := context.Cause(b.ctx); err != nil {
		return 0, err
	}
	n, err := b.rest.Read(p)
	if err == io.EOF {
		err = b.end
	}
	return n, err
}

func (b *replyBody) Close() error { return nil }
