package wxtest

// user holds the state of one user in one mini program.
type user struct {
	openID, unionID string
	key             *sessionKey  // the valid session_key; nil if the user has none
	keyPinned       bool         // set by SetKey; the next login keeps the session_key
	encryptKeys     []encryptKey // newest first
}

// user returns a mini program and its user with the given openid. It adds the user if the
// mini program has no user with this openid. The caller holds s.mu.
func (s *Server) user(appID, openID string) (*app, *user) {
	a := s.mustApp(appID)
	u := a.users[openID]
	if u == nil {
		u = &user{openID: openID}
		a.users[openID] = u
	}
	return a, u
}

// SetUnionID sets the unionid of a user. WeChat returns a unionid only if the mini
// program is bound to an account of WeChat's Open Platform. An empty unionID removes the
// unionid.
// SetUnionID panics if the Server does not serve the mini program appID.
func (s *Server) SetUnionID(appID, openID, unionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.unionID = unionID
}
