package wxtest

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// sessionKey is a user's session_key. Phones that logged in with the same session_key
// share one sessionKey, so a reset changes the text for all of them.
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

// keyOfLogin returns the session_key for a login of u. It makes a new session_key unless
// SetKeyRefresh or SetKey prevents this. The caller holds s.mu.
func (s *Server) keyOfLogin(u *user) *sessionKey {
	now := s.now()
	fresh := u.key != nil && now.Sub(u.key.made) < s.keyRefresh
	if !fresh && !u.keyPinned {
		u.key = &sessionKey{newKeyText(), now}
	}
	u.keyPinned = false
	return u.key
}

// SetKeyRefresh sets the minimum age at which a login replaces the user's session_key. A
// login keeps a session_key that is younger than d. The default is 0: every login makes a
// new session_key. WeChat also has such a minimum age, but does not publish it.
func (s *Server) SetKeyRefresh(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyRefresh = d
}

// RotateKey replaces the user's session_key. It simulates a login on another device.
// RotateKey panics if the Server does not serve the mini program appID.
func (s *Server) RotateKey(appID, openID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.key, u.keyPinned = &sessionKey{newKeyText(), s.now()}, false
}

// ExpireKey ends the user's session_key. The user then has no session_key until the next
// login, RotateKey or SetKey. ExpireKey panics if the Server does not serve the mini
// program appID.
func (s *Server) ExpireKey(appID, openID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.key, u.keyPinned = nil, false
}

// SetKey makes key the user's session_key. The next login keeps key instead of making a
// new session_key. Use SetKey to compare signatures or encrypted data with known values.
// SetKey panics if the Server does not serve the mini program appID.
func (s *Server) SetKey(appID, openID string, key wxapi.SessionKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	u.key, u.keyPinned = &sessionKey{wxapi.UnsafeRevealSessionKey(key), s.now()}, true
}
