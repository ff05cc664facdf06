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

// Transport returns an http.RoundTripper that passes requests to the Server without a
// network. A request can name any host. A call runs in the goroutine of RoundTrip, so
// Transport works in a testing/synctest bubble. Do not use one Server both inside and
// outside the bubble, because the bubble has its own clock.
//
// If the request's context ends before the call, or during a wait that a [Fault] or
// [Server.SetLatency] causes, RoundTrip returns the context's cause. If the context ends
// later, reading the body of the reply fails with the cause.
//
// RoundTrip supports the hooks GetConn, GotConn, WroteRequest and GotFirstResponseByte of an
// httptrace.ClientTrace. For a Fault with Refuse, it calls only GetConn and returns a
// *net.OpError with Op "dial". For a Fault with Drop, it does not call
// GotFirstResponseByte and returns io.ErrUnexpectedEOF.
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
	q := newRequest(r, length, body)
	q.host, q.url = r.Host, r.URL.String()
	if q.host == "" {
		q.host = r.URL.Host
	}

	if trace.GetConn != nil {
		trace.GetConn(hostPort(r))
	}
	f := t.server.begin(q)
	if trace.GotConn != nil && !f.Refuse {
		conn, _ := net.Pipe() // not nil, because a hook can call methods of Conn such as LocalAddr
		trace.GotConn(httptrace.GotConnInfo{Conn: conn})
	}
	if trace.WroteRequest != nil && !f.Refuse {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	re, err := t.server.finish(ctx, q, f)
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
	if q.method == http.MethodHead {
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

// requestBody reads and closes the body. It returns at most the first maxBody bytes of the
// body, and the Content-Length. The Content-Length is -1 if the request has a body but
// does not state the length.
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

// hostPort returns the argument for the GetConn hook: the host and port of the request.
func hostPort(r *http.Request) string {
	if r.URL.Port() != "" {
		return r.URL.Host
	}
	if r.URL.Scheme == "http" {
		return net.JoinHostPort(r.URL.Hostname(), "80")
	}
	return net.JoinHostPort(r.URL.Hostname(), "443")
}

// replyBody reads the body of a reply. Read fails if ctx has ended.
type replyBody struct {
	ctx  context.Context
	rest *bytes.Reader
	end  error // returned by Read after the last byte
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
