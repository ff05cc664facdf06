package wxtest

import "time"

// SetLatency sets the time that the server waits at the end of a call, after the Delay and
// Hold of a Fault. The default is 0. A [Fault] with Refuse skips this wait. If WeChat
// carries out a call, it does so before this wait. Without a Fault, a valid call of
// jscode2session therefore uses up the login code even if the caller gives up during this
// wait.
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
