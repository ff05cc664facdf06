package wxtest

import "time"

// SetLatency sets the time that the server waits at the end of every call, after the Delay
// and Hold of a Fault. The default is 0. There is no wait if a Fault with Refuse applies.
// A call that takes effect does so before the wait. If the caller of jscode2session gives
// up during the wait, the login code is already used up.
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
