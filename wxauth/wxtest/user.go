package wxtest

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// user is one user of one mini program.
type user struct {
	openID, unionID string
	live            *session     // the one whose key is valid; nil if it has expired
	pinned          bool         // the next login yields live
	encrypt         []encryptKey // newest first
}

// session is what a login starts; its key may be reset.
type session struct {
	key  string
	made time.Time
}

// user returns a user that the test has named, made at the first mention; s.mu
// is held.
func (s *Server) user(appID, openID string) (*app, *user) {
	a := s.mustApp(appID)
	u := a.users[openID]
	if u == nil {
		u = &user{openID: openID}
		a.users[openID] = u
	}
	return a, u
}

// newKey makes a session_key: 16 bytes in base64.
func newKey() string {
	b := make([]byte, 16)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

// login returns the session that a new code stands for; s.mu is held.
func (s *Server) login(u *user) *session {
	now := s.now()
	fresh := u.live != nil && now.Sub(u.live.made) < s.keyRefresh
	if !fresh && !u.pinned {
		u.live = &session{key: newKey(), made: now}
	}
	u.pinned = false
	return u.live
}

// SetUnionID gives a user a unionid, as a mini program's users have when it is
// bound to an Open Platform account. "" takes it away.
func (s *Server) SetUnionID(appID, openID, unionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.unionID = unionID
}

// SetKeyRefresh sets the shortest time between two session_keys of a user: a
// login sooner than that keeps the session_key there is. The default is 0:
// every login makes a new one. WeChat has such a time but does not tell it.
func (s *Server) SetKeyRefresh(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyRefresh = d
}

// RotateKey replaces a user's session_key, as a login on a device that the
// test does not otherwise model would.
func (s *Server) RotateKey(appID, openID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.live, u.pinned = &session{key: newKey(), made: s.now()}, false
}

// ExpireKey ends a user's session_key; there is none until the next login.
func (s *Server) ExpireKey(appID, openID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.live, u.pinned = nil, false
}

// SetKey makes key the user's session_key. The next login yields it too,
// instead of a new one. It is for tests against known answers.
func (s *Server) SetKey(appID, openID string, key wxapi.SessionKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.live = &session{key: wxapi.UnsafeRevealSessionKey(key), made: s.now()}
	u.pinned = true
}
