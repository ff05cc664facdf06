package wxtest

import "time"

// SetLatency sets how long every reply takes, beside the Delay of a Fault. A
// call takes effect before: a caller that does not wait has used up its code.
// Refused connections take no time. The default is 0.
func (s *Server) SetLatency(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency = d
}

func (s *Server) latencyNow() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latency
}
