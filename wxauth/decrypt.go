package wxauth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Encrypted is data that WeChat has encrypted for the server, as the mini program
// receives it and passes it on. It unmarshals from {"encryptedData", "iv"}.
type Encrypted struct {
	EncryptedData string `json:"encryptedData"`
	IV            string `json:"iv"`

	// MaxAge is how old the data may be by its watermark; 0 for any age. It is
	// no JSON member, so the client cannot set it.
	MaxAge time.Duration `json:"-"`
}

// maxEncrypted bounds what is decrypted, in base64. WeChat's data has a few KiB.
const maxEncrypted = 1 << 20

// ciphertext is Encrypted without its base64.
type ciphertext struct {
	data, iv []byte
	maxAge   time.Duration
}

// decode takes the base64 off. Data that was spoiled on its way is the client's
// mistake, which a new login would not mend. The answer depends on nothing but
// the form of the two texts.
func (e Encrypted) decode() (c ciphertext, err error) {
	if c.data, err = decodeField("encryptedData", e.EncryptedData); err != nil {
		return c, err
	}
	if c.iv, err = decodeField("iv", e.IV); err != nil {
		return c, err
	}
	switch {
	case len(c.data)%aes.BlockSize != 0:
		return c, spoiled("encryptedData", "has the wrong length; a part of it is missing")
	case len(c.iv) != aes.BlockSize:
		return c, spoiled("iv", "has the wrong length")
	}
	c.maxAge = e.MaxAge
	return c, nil
}

// decodeField takes the base64 off a field, to the letter.
func decodeField(name, text string) ([]byte, error) {
	switch {
	case text == "":
		return nil, spoiled(name, "is missing; the user may have refused to share the data")
	case len(text) > maxEncrypted:
		return nil, spoiled(name, "is over 1 MiB")
	}
	strict := base64.StdEncoding.Strict()
	b, err := strict.DecodeString(text) // which skips line breaks
	if err == nil && strict.EncodedLen(len(b)) == len(text) {
		return b, nil
	}
	switch {
	case strings.Contains(text, " "):
		return nil, spoiled(name, "has spaces where base64 has +; percent-encode it in forms and queries, or send JSON")
	case strings.Contains(text, "%"):
		return nil, spoiled(name, "is percent-encoded; decode it once, or send JSON")
	case strings.ContainsAny(text, "\r\n"):
		return nil, spoiled(name, "has line breaks; send it as wx gave it")
	case strings.ContainsAny(text, "-_"):
		return nil, spoiled(name, "is in the URL-safe alphabet; send the base64 that wx gave")
	case len(text)%4 != 0:
		return nil, spoiled(name, "has the wrong length; a part of it is missing")
	}
	return nil, spoiled(name, "is not the base64 that wx gave")
}

func spoiled(name, what string) error {
	return invalidRequest(http.StatusBadRequest, fmt.Sprintf("%q %s", name, what))
}

// staleError reports data that no session_key of the user opens. The reason is for
// the log alone, and not in the text. Telling bad padding from bad JSON would make
// this a padding oracle.
type staleError struct{ reason string }

func (e *staleError) Error() string { return ErrSessionKeyStale.Error() }
func (e *staleError) Unwrap() error { return ErrSessionKeyStale }

const reasonNoKey = "none of the user's session keys decrypts the data"

// open decrypts with one session_key and decodes into what v points to. It returns
// the time of the watermark. The error is a staleError, or tells that the caller's
// type does not fit. The last call for a ciphertext may overwrite it.
func (c ciphertext) open(key string, id Identity, v reflect.Value, last bool) (time.Time, error) {
	plain, ok := c.decrypt(key, last)
	claims, scanned := scanClaims(plain) // also where the padding is bad
	if !ok || !scanned {
		return time.Time{}, &staleError{reasonNoKey}
	}
	made, wrong := claims.check(id, c.maxAge)
	if wrong != "" {
		return time.Time{}, &staleError{wrong}
	}
	return made, decode(plain, v)
}

// decrypt decrypts under one session_key. With bad padding it returns all of it.
func (c ciphertext) decrypt(key string, last bool) (plain []byte, ok bool) {
	k, err := base64.StdEncoding.Strict().DecodeString(key)
	if err != nil || len(k) != 16 {
		return nil, false
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, false
	}
	plain = c.data
	if !last {
		plain = make([]byte, len(c.data))
	}
	cipher.NewCBCDecrypter(block, c.iv).CryptBlocks(plain, c.data)
	return unpad(plain)
}

// decode sets what v points to, or leaves it as it is.
func decode(plain []byte, v reflect.Value) error {
	into, empty := v, v.Elem().IsZero()
	if !empty {
		into = reflect.New(v.Type().Elem())
	}
	err := json.Unmarshal(plain, into.Interface())
	if err != nil && !json.Valid(plain) {
		err = &staleError{reasonNoKey}
	} else if err != nil {
		// encoding/json's own text can quote the data.
		err = fmt.Errorf("decrypted data does not fit %v", v.Type())
	} else {
		err = checkKind(into.Interface())
	}
	if err != nil {
		into.Elem().SetZero()
		return err
	}
	if !empty {
		v.Elem().Set(into.Elem())
	}
	return nil
}

// checkKind refuses data of another kind than the caller's type, which
// encoding/json would decode into an empty value.
func checkKind(v any) error {
	missing := ""
	switch v := v.(type) {
	case *wxapi.PhoneNumber:
		if v.PhoneNumber == "" {
			missing = "a phone number"
		}
	case *wxapi.UserInfo:
		if v.OpenID == "" && v.NickName == "" {
			missing = "a user's profile"
		}
	case *wxapi.WeRunData:
		if v.StepInfoList == nil {
			missing = "steps of WeRun"
		}
	case *wxapi.GroupInfo:
		if *v == (wxapi.GroupInfo{Watermark: v.Watermark}) {
			missing = "a group"
		}
	}
	if missing != "" {
		return invalidRequest(http.StatusBadRequest, "the encrypted data is not "+missing+"; send the data of the call that was meant")
	}
	return nil
}

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

// check holds the claims against the user and returns the time of the watermark, or
// what is wrong. CBC has no authentication, the IV is the client's, and blocks at
// the front can be cut off: a user who chooses a nickname can have it decrypt as a
// member of another name. So a member that names the user must name this one, and a
// phone number must be whole.
func (c *claims) check(id Identity, maxAge time.Duration) (made time.Time, wrong string) {
	if appID, ok := unquote(c.value(c.appID)); !ok || string(appID) != id.AppID {
		return made, "the watermark names another app, or none"
	}
	openID, ok := unquote(c.value(c.openID))
	if c.openID.found() && (!ok || string(openID) != id.OpenID) {
		return made, "the data is another user's"
	}
	unionID, ok := unquote(c.value(c.unionID))
	if c.unionID.found() && (!ok || !c.openID.found() || id.UnionID != "" && string(unionID) != id.UnionID) {
		return made, "the unionId is another user's, or without an openId"
	}
	if (c.phoneNumber.found() || c.purePhoneNumber.found() || c.countryCode.found()) && !c.wholePhoneNumber() {
		return made, "the phone number is incomplete or contradicts itself"
	}
	timestamp := c.value(c.timestamp)
	if text, ok := unquote(timestamp); ok {
		timestamp = text
	}
	seconds, err := strconv.ParseInt(string(timestamp), 10, 64)
	made = time.Unix(seconds, 0)
	switch {
	case err != nil:
		return made, "the watermark has no time"
	case maxAge > 0 && time.Since(made).Abs() > maxAge:
		return made, "the data is older than MaxAge"
	}
	return made, ""
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
