package wxtest

import (
	"crypto/rand"
	"time"
)

const codeLife = 5 * time.Minute

type codeKind int

const (
	loginCode codeKind = iota // from wx.login
	phoneCode                 // from the getPhoneNumber button
)

type oneTimeCode struct {
	kind    codeKind
	app     *app
	user    *user
	key     *sessionKey // set in a login code
	number  phoneNumber // set in a phone code
	expires time.Time
	used    bool
}

// issue stores c and returns the text of the code. The caller holds s.mu.
func (s *Server) issue(c *oneTimeCode) string {
	s.dropExpiredCodes()
	text := randomText("0123456789abcdef", 64)
	if c.kind == loginCode {
		text = randomText("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 32)
	}
	c.expires = s.now().Add(codeLife)
	s.codes[text] = c
	s.codeOrder = append(s.codeOrder, text)
	return text
}

// unexpiredCode returns the code with the given kind and text, even if the code was used.
// The caller holds s.mu.
func (s *Server) unexpiredCode(kind codeKind, text string) *oneTimeCode {
	s.dropExpiredCodes()
	if c := s.codes[text]; c != nil && c.kind == kind {
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

// randomText returns n random characters from alphabet. The alphabet must be ASCII.
func randomText(alphabet string, n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}
