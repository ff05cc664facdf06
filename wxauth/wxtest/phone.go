package wxtest

import (
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Phone simulates a user's device with a mini program open. Two Phones with the same appid
// and openid are two devices of one user. A user has at most one valid session_key for a
// mini program. A login on one device can therefore end the session_key of the other
// device.
type Phone struct {
	server *Server
	app    *app
	user   *user
	key    *sessionKey // from the last login on this phone; nil before the first login
}

// Phone returns a new device of the user openID, with the mini program appID open. The
// device has not logged in yet. Phone panics if NewServer got no App with the ID appID.
func (s *Server) Phone(appID, openID string) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, u := s.user(appID, openID)
	return &Phone{server: s, app: a, user: u}
}

// Login simulates wx.login. It returns a code that works once, within five minutes. By
// default, Login makes a new session_key for the user and ends the previous session_key.
// After [Server.SetKeyRefresh] or [Server.SetKey], Login can keep the previous session_key
// instead.
func (p *Phone) Login() (code string) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	p.key = s.keyOfLogin(p.user)
	return s.issue(&oneTimeCode{kind: loginCode, app: p.app, user: p.user, key: p.key})
}

// PhoneCode simulates the getPhoneNumber button. It returns a code for getuserphonenumber
// that works once, within five minutes. The phone does not need to be logged in.
// PhoneCode does not change the session_key. Pass the country code without a plus sign,
// for example "86".
func (p *Phone) PhoneCode(countryCode, number string) (code string) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issue(&oneTimeCode{kind: phoneCode, app: p.app, user: p.user, number: newPhoneNumber(countryCode, number)})
}

// CheckSession simulates wx.checkSession. It reports whether the session_key that
// [Phone.SessionKey] returns is valid. It does not check whether the mini program's server
// has that session_key.
func (p *Phone) CheckSession() bool {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.key != nil && p.key == p.user.key
}

// SessionKey returns the session_key of this phone's last login. If resetusersessionkey
// replaced that session_key, SessionKey returns the replacement. Before the first login,
// it returns the zero value. A real phone never receives its session_key. A test can use
// SessionKey to search replies and logs for a leaked session_key.
func (p *Phone) SessionKey() wxapi.SessionKey {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if p.key == nil {
		return wxapi.SessionKey{}
	}
	return wxapi.UnsafeSessionKey(p.key.text)
}

func (p *Phone) mustKey() (string, time.Time) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if p.key == nil {
		panic("wxtest: this phone has not logged in")
	}
	return p.key.text, p.server.now()
}
