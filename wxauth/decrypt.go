package wxauth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Encrypted is data that WeChat has encrypted for the server, as the mini
// program gets it and passes it on. It unmarshals from {"encryptedData", "iv"}.
type Encrypted struct {
	EncryptedData string `json:"encryptedData"`
	IV            string `json:"iv"`

	// MaxAge is how old the data may be by its watermark; 0 for any age. The
	// client has no say in it.
	MaxAge time.Duration `json:"-"`
}

// maxEncrypted bounds what is decrypted, in base64. WeChat's data has a few KiB.
const maxEncrypted = 1 << 20

// open decrypts with one key and decodes into what v points to. It returns the
// time of the watermark. The error is errOpen, whatever the reason, or tells that
// the caller's type does not fit.
//
// Every way in which it can fail looks the same from outside: what tells bad
// padding from bad JSON decrypts data for who can ask often enough.
func (e Encrypted) open(key string, id Identity, v reflect.Value) (time.Time, error) {
	plain, ok := e.decrypt(key)
	c, scanned := scanClaims(plain) // also where the padding is bad
	if !ok || !scanned {
		return time.Time{}, errOpen
	}
	made, ok := c.check(id, e.MaxAge)
	if !ok {
		return time.Time{}, errOpen
	}
	return made, decode(plain, v)
}

// decode sets what v points to, or leaves it as it is.
func decode(plain []byte, v reflect.Value) error {
	into, empty := v, v.Elem().IsZero()
	if !empty {
		into = reflect.New(v.Type().Elem())
	}
	if err := json.Unmarshal(plain, into.Interface()); err != nil {
		into.Elem().SetZero()
		if !json.Valid(plain) {
			return errOpen
		}
		// encoding/json's own text can quote the data.
		return fmt.Errorf("decrypted data does not fit %v", v.Type())
	}
	if !empty {
		v.Elem().Set(into.Elem())
	}
	return nil
}

// decrypt takes base64 to the letter, an IV and a key of 16 bytes, and whole
// blocks. With bad padding it returns what it has.
func (e Encrypted) decrypt(key string) (plain []byte, ok bool) {
	strict := base64.StdEncoding.Strict()
	iv, ok := decodeBase64(strict, e.IV)
	data, ok2 := decodeBase64(strict, e.EncryptedData)
	k, ok3 := decodeBase64(strict, key)
	if !ok || !ok2 || !ok3 || len(iv) != aes.BlockSize || len(k) != 16 || len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, false
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, false
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, data)
	return unpad(data)
}

func decodeBase64(strict *base64.Encoding, s string) ([]byte, bool) {
	if len(s) > maxEncrypted {
		return nil, false
	}
	b, err := strict.DecodeString(s) // which skips line breaks
	return b, err == nil && strict.EncodedLen(len(b)) == len(s)
}

var errOpen = errors.New("does not decrypt")

// unpad takes off PKCS#7 padding, RFC 5652 section 6.3. Every byte of it is
// looked at, in a time that does not depend on them.
func unpad(b []byte) ([]byte, bool) {
	n := int(b[len(b)-1])
	ok := subtle.ConstantTimeLessOrEq(1, n) & subtle.ConstantTimeLessOrEq(n, aes.BlockSize)
	for i := 1; i <= aes.BlockSize; i++ {
		padding := subtle.ConstantTimeLessOrEq(i, n)
		same := subtle.ConstantTimeByteEq(b[len(b)-i], byte(n))
		ok &= subtle.ConstantTimeSelect(padding, same, 1)
	}
	return b[:len(b)-subtle.ConstantTimeSelect(ok, n, 0)], ok == 1
}

// check holds the claims against who asks. CBC has no authentication, the IV is
// the client's, and blocks at the front can be cut off: somebody who chooses
// his nickname can have it decrypt as a member of another name. So what names
// the user must name this one, and a phone number must be whole.
func (c *claims) check(id Identity, maxAge time.Duration) (time.Time, bool) {
	if appID, ok := unquote(c.value(c.appID)); !ok || string(appID) != id.AppID {
		return time.Time{}, false
	}
	openID, ok := unquote(c.value(c.openID))
	if c.openID.found() && (!ok || string(openID) != id.OpenID) {
		return time.Time{}, false
	}
	unionID, ok := unquote(c.value(c.unionID))
	if c.unionID.found() && (!ok || !c.openID.found() || id.UnionID != "" && string(unionID) != id.UnionID) {
		return time.Time{}, false
	}
	if (c.phoneNumber.found() || c.purePhoneNumber.found() || c.countryCode.found()) && !c.wholePhoneNumber() {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(string(c.value(c.timestamp)), 10, 64)
	made := time.Unix(seconds, 0)
	if err != nil || maxAge > 0 && time.Since(made).Abs() > maxAge {
		return time.Time{}, false
	}
	return made, true
}

// wholePhoneNumber reports whether the three members of a phone number are
// there and agree: the number is the pure one, with or without the country code
// before it.
func (c *claims) wholePhoneNumber() bool {
	number, ok := unquote(c.value(c.phoneNumber))
	pure, ok2 := unquote(c.value(c.purePhoneNumber))
	code := c.value(c.countryCode)
	country, ok3 := unquote(code)
	if !ok3 && len(code) > 0 && code[0] >= '1' && code[0] <= '9' {
		country, ok3 = code, true // a number, as some have seen
	}
	if !ok || !ok2 || !ok3 || len(pure) == 0 || len(country) == 0 {
		return false
	}
	before, ok := bytes.CutSuffix(number, pure)
	prefix := strings.TrimRight(strings.TrimPrefix(string(before), "+"), " -")
	return ok && (prefix == "" || prefix == string(country))
}
