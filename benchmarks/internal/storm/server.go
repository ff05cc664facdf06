package storm

// server limits the calls of one simulated server to WeChat. A turn is the right to
// make one call. If no turn is free, a client waits for a turn, or is refused if too many
// clients already wait.
type server struct {
	turns   int // the number of free turns
	waiting []waiter
}

type waiter struct {
	client int32
	since  int
}

// server.take uses a free turn. It returns false if no turn is free.
func (s *server) take() bool {
	if s.turns == 0 {
		return false
	}
	s.turns--
	return true
}

// server.wait adds client c to the queue of waiting clients. The parameter most is the
// maximum length of the queue. If the queue is full, wait adds nothing and returns false.
func (s *server) wait(c int32, now, most int) bool {
	if len(s.waiting) >= most {
		return false
	}
	s.waiting = append(s.waiting, waiter{c, now})
	return true
}

// release gives the turn of a finished call to the client that has waited longest, and
// returns this client. If no client waits, the turn becomes free and ok is false.
func (s *server) release() (next int32, ok bool) {
	if len(s.waiting) == 0 {
		s.turns++
		return 0, false
	}
	next = s.waiting[0].client
	s.waiting = s.waiting[1:]
	return next, true
}

// late removes the clients that have waited too long, and returns them. These clients
// began to wait at or before the time in the parameter since.
func (s *server) late(since int) (clients []int32) {
	for len(s.waiting) > 0 && s.waiting[0].since <= since {
		clients = append(clients, s.waiting[0].client)
		s.waiting = s.waiting[1:]
	}
	return clients
}
