package storm

// server has the turns of one server, and the clients that wait for one.
type server struct {
	turns   int // not taken
	waiting []waiter
}

type waiter struct {
	client int32
	since  int
}

// take takes a turn, if there is one.
func (s *server) take() bool {
	if s.turns == 0 {
		return false
	}
	s.turns--
	return true
}

// wait lets a client wait for a turn, unless so many wait already.
func (s *server) wait(c int32, now, most int) bool {
	if len(s.waiting) >= most {
		return false
	}
	s.waiting = append(s.waiting, waiter{c, now})
	return true
}

// release gives a turn back, or hands it to the client that has waited longest.
func (s *server) release() (next int32, ok bool) {
	if len(s.waiting) == 0 {
		s.turns++
		return 0, false
	}
	next = s.waiting[0].client
	s.waiting = s.waiting[1:]
	return next, true
}

// late removes the clients that have waited since a time or longer.
func (s *server) late(since int) (clients []int32) {
	for len(s.waiting) > 0 && s.waiting[0].since <= since {
		clients = append(clients, s.waiting[0].client)
		s.waiting = s.waiting[1:]
	}
	return clients
}
