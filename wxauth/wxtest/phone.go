package wxtest

import (
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Phone is a user's device with the mini program open. Two Phones with the same openid
// are two devices of one user. The user has only one session_key, so a login on one
// device may end the session_key of the other device.
type Phone struct {
	server *Server
	app    *app
	user   *user
	key    *sessionKey // of the last login on this phone
}

// Phone returns a new device of a user. appID is the mini program, and openID is the
// user. The device has not logged in yet. Phone panics if NewServer was not given that
// mini program.
func (s *Server) Phone(appID, openID string) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, u := s.user(appID, openID)
	return &Phone{server: s, app: a, user: u}
}

// Login does what wx.login does: it returns a code that works once, for five minutes.
// It makes a new session_key for the user and ends the previous session_key. If the
// previous session_key is younger than the minimum age of SetKeyRefresh, Login keeps
// that session_key. The code of a data pre-fetch is of the same kind, so call
// Login for it too.
func (p *Phone) Login() (code string) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	p.key = s.keyOfLogin(p.user)
	return s.issue(&oneTimeCode{kind: loginCode, app: p.app, user: p.user, key: p.key})
}

// PhoneCode does what the getPhoneNumber button does: it returns a code for
// getuserphonenumber that works once, for five minutes. It needs no login and does not
// change the session_key. The country code has no plus sign, for example "86".
func (p *Phone) PhoneCode(countryCode, number string) (code string) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issue(&oneTimeCode{kind: phoneCode, app: p.app, user: p.user, number: newPhoneNumber(countryCode, number)})
}

// CheckSession does what wx.checkSession does: it reports whether the session_key of
// this phone's last login is still valid. It does not check which session_key the mini
// program's server has.
func (p *Phone) CheckSession() bool {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.key != nil && p.key == p.user.key
}

// SessionKey returns the session_key of this phone's last login. Before the first
// login, it returns the zero value. A real phone does not know its session_key. A test
// can use SessionKey to look for leaks.
func (p *Phone) SessionKey() wxapi.SessionKey {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if p.key == nil {
		return wxapi.SessionKey{}
	}
	return wxapi.UnsafeSessionKey(p.key.text)
}

// mustKey returns the text of the phone's session_key, and the server's time.
func (p *Phone) mustKey() (string, time.Time) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if p.key == nil {
		panic("wxtest: this phone has not logged in")
	}
	return p.key.text, p.server.now()
}
