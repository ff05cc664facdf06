package wxtest

import (
	"context"
	"io"
	"net/http"
	"time"
)

// ServeHTTP implements http.Handler. For a [Fault] with Drop or Refuse, it panics with
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
		panic(http.ErrAbortHandler)
	}
	for name, values := range re.header {
		w.Header()[name] = values
	}
	w.WriteHeader(re.status)
	w.Write(re.body) // if re.truncated, the body is shorter than Content-Length, so net/http closes an HTTP/1.1 connection
}

func (s *Server) begin(q *request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[q.path]++
	s.inFlight[q.path]++
	return s.takeFault(q.path)
}

// finish applies the fault to the request, records the call and returns the reply.
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

// carryOut returns WeChat's answer, or the zero answer if the fault f prevents the call. It
// fails if ctx ends during a wait.
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

func (s *Server) end(q *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight[q.path]--
}

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
