package wxtest

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// sessionKey is a user's session_key. Several Phones of the user can share one sessionKey.
// WeChat's call resetusersessionkey changes the field text, so it changes the session_key of
// all Phones that share the sessionKey.
type sessionKey struct {
	text string
	made time.Time
}

func newKeyText() string {
	b := make([]byte, 16)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

// keyOfLogin returns the session_key for a login of u. It makes a new session_key unless
// SetKeyRefresh or SetKey prevents it. The caller holds s.mu.
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
// login keeps a session_key that is younger than d. The default is 0. A call of
// resetusersessionkey does not change the age. The first login after SetKey keeps the
// session_key at any age, unless the test calls RotateKey or ExpireKey before this login.
// WeChat does not publish its own minimum age.
func (s *Server) SetKeyRefresh(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyRefresh = d
}

// RotateKey replaces the user's session_key, as a login on another device can do.
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

// SetKey replaces the user's session_key with key. The next login keeps the session_key,
// unless the test calls RotateKey or ExpireKey before this login. Use SetKey to test with a
// known session_key, for example with the signatures and the encrypted data in WeChat's
// documentation. SetKey panics if the Server does not serve the mini program appID.
func (s *Server) SetKey(appID, openID string, key wxapi.SessionKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u := s.user(appID, openID)
	text := wxapi.UnsafeRevealSessionKey(key)
	if u.key == nil || u.key.text != text {
		u.key = &sessionKey{text: text}
	}
	u.key.made, u.keyPinned = s.now(), true
}
