package wxtest

import (
	"context"
	"io"
	"net/http"
	"time"
)

// ServeHTTP implements http.Handler. To break the connection of a call, it panics with
// http.ErrAbortHandler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	q := newRequest(r, r.ContentLength, body)
	q.host = r.Host
	q.url = scheme + "://" + r.Host + r.URL.RequestURI()

	f := s.begin(q)
	re, err := s.finish(r.Context(), q, f)
	if err != nil || re.lost {
		panic(http.ErrAbortHandler) // closes the connection, or resets the HTTP/2 stream
	}
	for name, values := range re.header {
		w.Header()[name] = values
	}
	w.WriteHeader(re.status)
	w.Write(re.body) // net/http breaks the connection if the body is shorter than Content-Length
}

// begin counts a request that has arrived, and returns the fault for it.
func (s *Server) begin(q *request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[q.path]++
	s.inFlight[q.path]++
	return s.takeFault(q.path)
}

// finish carries out the request, unless the fault prevents this, and records the call.
// It returns an error if ctx ended before the reply was due.
func (s *Server) finish(ctx context.Context, q *request, f Fault) (reply, error) {
	defer s.end(q)
	a, err := s.carryOut(ctx, q, f)
	if err != nil {
		s.record(q, reply{}, 0)
		return reply{}, err
	}
	re, errcode := f.reply(q, a)
	s.record(q, re, errcode)
	return re, nil
}

// carryOut waits until the answer is due, and returns WeChat's answer.
func (s *Server) carryOut(ctx context.Context, q *request, f Fault) (answer, error) {
	var a answer
	if f.TakesEffect && !f.Refuse {
		a = s.answer(q)
	}
	if err := wait(ctx, f.Delay); err != nil {
		return answer{}, err
	}
	if err := waitFor(ctx, f.Hold); err != nil {
		return answer{}, err
	}
	if !f.TakesEffect && !f.replacesReply() {
		a = s.answer(q)
	}
	if f.Refuse {
		return a, nil
	}
	return a, wait(ctx, s.latencyNow())
}

// end marks a request as ended: InFlight no longer counts it.
func (s *Server) end(q *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight[q.path]--
}

// wait waits for d or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waitFor waits until released is closed or ctx ends. It does not wait if released is
// nil.
func waitFor(ctx context.Context, released <-chan struct{}) error {
	if released == nil {
		return nil
	}
	select {
	case <-released:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
