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

// opener takes Encrypted apart. Every way in which that can fail looks the same
// from outside: what tells bad padding from bad JSON decrypts data for who can
// ask often enough.
type opener struct {
	iv, data []byte
	maxAge   time.Duration
}

// newOpener decodes what the client sent: base64 to the letter, an IV of 16
// bytes, whole blocks.
func newOpener(e Encrypted) (opener, bool) {
	iv, ok := decodeBase64(e.IV)
	data, ok2 := decodeBase64(e.EncryptedData)
	ok = ok && ok2 && len(iv) == aes.BlockSize && len(data) > 0 && len(data)%aes.BlockSize == 0
	return opener{iv, data, e.MaxAge}, ok
}

func decodeBase64(s string) ([]byte, bool) {
	if len(s) > maxEncrypted || strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\r') >= 0 {
		return nil, false // encoding/base64 would skip the line breaks
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	return b, err == nil
}

// open decrypts with one key and decodes into v, which points to a new value of
// the caller's type. It returns the time of the watermark. The error is errOpen,
// whatever the reason, or tells that the caller's type does not fit.
func (o opener) open(key string, id Identity, v reflect.Value) (time.Time, error) {
	k, ok := decodeBase64(key)
	if !ok || len(k) != 16 {
		return time.Time{}, errOpen
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return time.Time{}, errOpen
	}
	plain := make([]byte, len(o.data))
	cipher.NewCBCDecrypter(block, o.iv).CryptBlocks(plain, o.data)
	plain, padded := unpad(plain)
	c, scanned := scanClaims(plain) // also where the padding is bad
	if !padded || !scanned {
		return time.Time{}, errOpen
	}
	made, ok := c.check(id, o.maxAge)
	if !ok {
		return time.Time{}, errOpen
	}
	err = json.Unmarshal(plain, v.Interface())
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return time.Time{}, errOpen
	}
	if err != nil {
		// encoding/json's own text can quote the data.
		return time.Time{}, fmt.Errorf("decrypted data does not fit %v", v.Type())
	}
	return made, nil
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
	if appID, ok := unquote(c.appID); !ok || string(appID) != id.AppID {
		return time.Time{}, false
	}
	openID, ok := unquote(c.openID)
	if c.openID != nil && (!ok || string(openID) != id.OpenID) {
		return time.Time{}, false
	}
	unionID, ok := unquote(c.unionID)
	if c.unionID != nil && (!ok || c.openID == nil || id.UnionID != "" && string(unionID) != id.UnionID) {
		return time.Time{}, false
	}
	if (c.phoneNumber != nil || c.purePhoneNumber != nil || c.countryCode != nil) && !c.wholePhoneNumber() {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(string(c.timestamp), 10, 64)
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
	number, ok := unquote(c.phoneNumber)
	pure, ok2 := unquote(c.purePhoneNumber)
	country, ok3 := unquote(c.countryCode)
	if !ok3 && len(c.countryCode) > 0 && c.countryCode[0] >= '1' && c.countryCode[0] <= '9' {
		country, ok3 = c.countryCode, true // a number, as some have seen
	}
	if !ok || !ok2 || !ok3 || len(pure) == 0 || len(country) == 0 {
		return false
	}
	before, ok := bytes.CutSuffix(number, pure)
	prefix := strings.TrimRight(strings.TrimPrefix(string(before), "+"), " -")
	return ok && (prefix == "" || prefix == string(country))
}
