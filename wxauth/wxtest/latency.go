package wxtest

import "time"

// SetLatency sets the time that the server waits before every reply. The server adds this
// time to the Delay and Hold of a Fault. A call takes effect before the latency. If the
// caller gives up during the latency, its code is already used up. Refused connections
// have no latency. The default is 0.
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
