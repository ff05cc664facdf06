package wxtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Phone is one device of a user, with the mini program open. Two Phones with
// the same openid are two devices of one user: they share one session_key, and
// a login on one may end that of the other.
type Phone struct {
	server  *Server
	app     *app
	user    *user
	session *session // of the last login here
}

// Phone returns a new device of the user openID of the mini program appID. It
// has not logged in yet. It panics if NewServer was not given that mini program.
func (s *Server) Phone(appID, openID string) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, u := s.user(appID, openID)
	return &Phone{server: s, app: a, user: u}
}

// Login is wx.login: it returns a code that works once, for five minutes. It
// makes a new session_key for the user, and kills the one before, unless that
// is younger than SetKeyRefresh. A code of data pre-fetch is got the same way.
func (p *Phone) Login() (code string) {
	return p.issue(loginCode, phoneNumber{})
}

// PhoneCode is the getPhoneNumber button: it returns a code for
// getuserphonenumber that works once, for five minutes. It needs no login and
// leaves the session_key alone. The country code is without a plus sign, such
// as "86".
func (p *Phone) PhoneCode(countryCode, number string) (code string) {
	return p.issue(phoneCode, newPhoneNumber(countryCode, number))
}

func (p *Phone) issue(kind codeKind, number phoneNumber) string {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if kind == loginCode {
		p.session = s.login(p.user)
	}
	return s.issue(&code{kind: kind, app: p.app, user: p.user, session: p.session, number: number})
}

// CheckSession is wx.checkSession: it reports whether the session_key of this
// phone's last login is still the user's. It does not ask which session_key
// the mini program's server holds: a code that never got there counts too.
func (p *Phone) CheckSession() bool {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.session != nil && p.session == p.user.live
}

// SessionKey returns the session_key of this phone's last login, the zero value
// before. A real phone does not know it; tests do, to look for it where it
// must not be.
func (p *Phone) SessionKey() wxapi.SessionKey {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if p.session == nil {
		return wxapi.SessionKey{}
	}
	return wxapi.UnsafeSessionKey(p.session.key)
}

// keyNow returns the text of the phone's session_key, and the time.
func (p *Phone) keyNow() (string, time.Time) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if p.session == nil {
		panic("wxtest: this phone has not logged in")
	}
	return p.session.key, p.server.now()
}

// Encrypt returns v as WeChat hands it to the mini program: encrypted under the
// session_key of this phone's last login, with a fresh IV, both in base64. v
// marshals to a JSON object; if that has no member "watermark", one with the
// appid and the time now is added at its end. A []byte (not a json.RawMessage)
// is encrypted as it is, with nothing added: for data without a watermark, or
// that is no JSON.
//
// It panics before the first login, if v is neither of these, and if SetKey
// was given a key that is not 16 bytes in base64.
func (p *Phone) Encrypt(v any) (encryptedData, iv string) {
	key, now := p.keyNow()
	plain, ok := v.([]byte)
	if !ok {
		plain = addWatermark(mustMarshal(v), p.app.id, now.Unix())
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != 16 {
		panic("wxtest: the session_key is not 16 bytes in base64")
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		panic("wxtest: " + err.Error())
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize // PKCS#7
	data := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	start := make([]byte, aes.BlockSize)
	rand.Read(start)
	cipher.NewCBCEncrypter(block, start).CryptBlocks(data, data)
	return base64.StdEncoding.EncodeToString(data), base64.StdEncoding.EncodeToString(start)
}

// addWatermark adds a watermark to a JSON object that has none.
func addWatermark(object []byte, appID string, now int64) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil || members == nil {
		panic("wxtest: Encrypt needs a value that marshals to a JSON object")
	}
	if _, ok := members["watermark"]; ok {
		return object
	}
	comma := ","
	if len(members) == 0 {
		comma = ""
	}
	return fmt.Appendf(object[:len(object)-1], `%s"watermark":{"timestamp":%d,"appid":%s}}`,
		comma, now, mustMarshal(appID))
}

// Sign returns the signature that comes with rawData: sha1 of rawData and the
// text of the session_key of this phone's last login, in lower-case hex. It
// panics before the first login.
func (p *Phone) Sign(rawData string) (signature string) {
	key, _ := p.keyNow()
	sum := sha1.Sum([]byte(rawData + key))
	return hex.EncodeToString(sum[:])
}
