package wxtest

import (
	"crypto/rand"
	"time"
)

// codeLife is how long a code of either kind lives.
const codeLife = 5 * time.Minute

type codeKind int

const (
	loginCode codeKind = iota // of wx.login
	phoneCode                 // of the getPhoneNumber button
)

// code is what a phone hands to the mini program, once.
type code struct {
	kind    codeKind
	app     *app
	user    *user
	session *session    // of a login code
	number  phoneNumber // of a phone code
	expires time.Time
	used    bool
}

// issue stores c under a new name; s.mu is held.
func (s *Server) issue(c *code) string {
	s.dropExpiredCodes()
	name := randomText("0123456789abcdef", 64)
	if c.kind == loginCode {
		name = randomText("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 32)
	}
	c.expires = s.now().Add(codeLife)
	s.codes[name] = c
	s.codeOrder = append(s.codeOrder, name)
	return name
}

// liveCode returns the code of that kind and name, nil if there is none or it
// has expired; s.mu is held.
func (s *Server) liveCode(kind codeKind, name string) *code {
	s.dropExpiredCodes()
	if c := s.codes[name]; c != nil && c.kind == kind {
		return c
	}
	return nil
}

func (s *Server) dropExpiredCodes() {
	now := s.now()
	for len(s.codeOrder) > 0 && !now.Before(s.codes[s.codeOrder[0]].expires) {
		delete(s.codes, s.codeOrder[0])
		s.codeOrder = s.codeOrder[1:]
	}
}

// randomText returns n characters of an alphabet of at most 256.
func randomText(alphabet string, n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}
