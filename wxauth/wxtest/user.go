package wxtest

// user is one user of one mini program.
type user struct {
	openID, unionID string
	key             *sessionKey  // the valid one; nil if it has expired
	keyPinned       bool         // the next login keeps key
	encryptKeys     []encryptKey // newest first
}

// user returns the user that the test named. The first call creates the user. The
// caller holds s.mu.
func (s *Server) user(appID, openID string) (*app, *user) {
	a := s.mustApp(appID)
	u := a.users[openID]
	if u == nil {
		u = &user{openID: openID}
		a.users[openID] = u
	}
	return a, u
}

// SetUnionID sets the unionid of a user. WeChat returns a unionid if the mini program
// is bound to an Open Platform account. An empty unionID removes the unionid. It panics
// if NewServer was not given that mini program.
func (s *Server) SetUnionID(appID, openID, unionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.unionID = unionID
}
