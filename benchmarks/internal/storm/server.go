package storm

// server limits the calls that one simulated server makes to WeChat. A turn is the right
// to make one call.
type server struct {
	turns   int // the number of free turns
	waiting []waiter
}

type waiter struct {
	client int32
	since  int
}

func (s *server) take() bool {
	if s.turns == 0 {
		return false
	}
	s.turns--
	return true
}

func (s *server) wait(c int32, now, most int) bool {
	if len(s.waiting) >= most {
		return false
	}
	s.waiting = append(s.waiting, waiter{c, now})
	return true
}

// release passes the turn of a finished call to the client that has waited longest, if any
// client waits.
func (s *server) release() (next int32, ok bool) {
	if len(s.waiting) == 0 {
		s.turns++
		return 0, false
	}
	next = s.waiting[0].client
	s.waiting = s.waiting[1:]
	return next, true
}

// late removes and returns the clients that began to wait at or before the given time.
func (s *server) late(since int) (clients []int32) {
	for len(s.waiting) > 0 && s.waiting[0].since <= since {
		clients = append(clients, s.waiting[0].client)
		s.waiting = s.waiting[1:]
	}
	return clients
}
