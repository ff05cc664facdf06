package storm

// server has the turns of one server, and the clients that wait for a turn. A turn
// permits one call of WeChat.
type server struct {
	turns   int // the number of free turns
	waiting []waiter
}

type waiter struct {
	client int32
	since  int
}

// take takes a turn, if one is free.
func (s *server) take() bool {
	if s.turns == 0 {
		return false
	}
	s.turns--
	return true
}

// wait adds a client to the waiting clients, unless the maximum number of clients is
// waiting.
func (s *server) wait(c int32, now, most int) bool {
	if len(s.waiting) >= most {
		return false
	}
	s.waiting = append(s.waiting, waiter{c, now})
	return true
}

// release gives the turn to the client that has waited longest. If no client waits, the
// turn becomes free.
func (s *server) release() (next int32, ok bool) {
	if len(s.waiting) == 0 {
		s.turns++
		return 0, false
	}
	next = s.waiting[0].client
	s.waiting = s.waiting[1:]
	return next, true
}

// late removes the clients that have waited since the given time or longer.
func (s *server) late(since int) (clients []int32) {
	for len(s.waiting) > 0 && s.waiting[0].since <= since {
		clients = append(clients, s.waiting[0].client)
		s.waiting = s.waiting[1:]
	}
	return clients
}
