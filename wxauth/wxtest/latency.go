package wxtest

import "time"

// SetLatency sets the time that the server waits at the end of every call, after the Delay
// and Hold of a Fault. The default is 0. There is no wait if a Fault with Refuse applies.
// A call that takes effect does so before the wait. Without a Fault, jscode2session uses up
// the login code even if the caller gives up during the wait.
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
