package wxtest

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// sessionKey is a user's session_key. The phones that logged in with it share one
// sessionKey. A reset changes its text.
type sessionKey struct {
	text string
	made time.Time
}

// newKeyText returns a new session_key: 16 bytes in base64.
func newKeyText() string {
	b := make([]byte, 16)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

// keyOfLogin returns the session_key of a new login. s.mu is held.
func (s *Server) keyOfLogin(u *user) *sessionKey {
	now := s.now()
	fresh := u.key != nil && now.Sub(u.key.made) < s.keyRefresh
	if !fresh && !u.keyPinned {
		u.key = &sessionKey{newKeyText(), now}
	}
	u.keyPinned = false
	return u.key
}

// SetKeyRefresh sets the minimum age at which a login replaces the user's session_key.
// If the key is younger, a login keeps it. The default is 0: every login makes a new
// key. WeChat also has such a minimum age, but does not publish it.
func (s *Server) SetKeyRefresh(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyRefresh = d
}

// RotateKey replaces the user's session_key. It simulates a login on a device outside
// the test. It panics if NewServer was not given that mini program.
func (s *Server) RotateKey(appID, openID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.key, u.keyPinned = &sessionKey{newKeyText(), s.now()}, false
}

// ExpireKey ends the user's session_key. The user has none until the next
// login. It panics if NewServer was not given that mini program.
func (s *Server) ExpireKey(appID, openID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.key, u.keyPinned = nil, false
}

// SetKey makes key the user's session_key. The next login also returns key instead of a
// new session_key. SetKey is for tests that compare with known results. It panics if
// NewServer was not given that mini program.
func (s *Server) SetKey(appID, openID string, key wxapi.SessionKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.key, u.keyPinned = &sessionKey{wxapi.UnsafeRevealSessionKey(key), s.now()}, true
}
