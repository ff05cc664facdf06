package wxtest

import "time"

// SetLatency sets how long every reply takes, in addition to the Delay of a Fault. A
// call takes effect before the latency: if the caller stops waiting, its code is still
// used up. Refused connections have no latency. The default is 0.
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
