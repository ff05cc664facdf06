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

// Encrypted is data that WeChat has encrypted for the server. The mini program
// receives the data from WeChat and sends it to the server. Encrypted unmarshals
// from a JSON object with the members "encryptedData" and "iv".
type Encrypted struct {
	// EncryptedData is the ciphertext in base64. It has at most 1 MiB.
	EncryptedData string `json:"encryptedData"`
	// IV is the initialization vector in base64.
	IV string `json:"iv"`

	// MaxAge is the maximum age of the data by its watermark. 0 allows any age.
	// With a MaxAge, a watermark that far in the future is refused too. MaxAge is
	// not a JSON member, so the client cannot set it.
	MaxAge time.Duration `json:"-"`
}

// maxEncrypted bounds the base64 length of data to decrypt. WeChat's data has a few
// KiB.
const maxEncrypted = 1 << 20

// ciphertext is an Encrypted whose base64 is decoded.
type ciphertext struct {
	data, iv []byte
	maxAge   time.Duration
}

// decode decodes the base64. Data that was damaged in transit is the client's
// mistake, and a new login would not help. The result depends only on the form of
// the two texts.
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

// decodeField decodes the base64 of a field strictly.
func decodeField(name, text string) ([]byte, error) {
	switch {
	case text == "":
		return nil, spoiled(name, "is missing; the user may have refused to share the data")
	case len(text) > maxEncrypted:
		return nil, spoiled(name, "is over 1 MiB")
	}
	strict := base64.StdEncoding.Strict()
	b, err := strict.DecodeString(text) // DecodeString skips line breaks
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

// staleError reports data that no session_key of the user can decrypt. The reason
// is only for the log and is not in the error text. If clients could distinguish
// bad padding from bad JSON, this would be a padding oracle.
type staleError struct{ reason string }

func (e *staleError) Error() string { return ErrSessionKeyStale.Error() }
func (e *staleError) Unwrap() error { return ErrSessionKeyStale }

const reasonNoKey = "none of the user's session keys decrypts the data"

// open decrypts with one session_key and decodes into the value that v points to.
// It returns the time of the watermark. The error is a staleError, or it reports
// that the caller's type does not fit the data. If last is true, open may overwrite
// the ciphertext.
func (c ciphertext) open(key string, id Identity, v reflect.Value, last bool) (time.Time, error) {
	plain, ok := c.decrypt(key, last)
	claims, scanned := scanClaims(plain) // also if the padding is bad, to take the same time
	if !ok || !scanned {
		return time.Time{}, &staleError{reasonNoKey}
	}
	made, wrong := claims.check(id, c.maxAge)
	if wrong != "" {
		return time.Time{}, &staleError{wrong}
	}
	return made, decode(plain, v)
}

// decrypt decrypts under one session_key. If the padding is bad, it returns the
// whole plaintext.
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

// decode sets the value that v points to. If it fails, the value stays unchanged.
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

// checkKind refuses data whose kind does not match the caller's type. encoding/json
// would decode such data into an empty value.
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

// unpad removes PKCS#7 padding (RFC 5652 section 6.3). It checks every byte of the
// padding in constant time.
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

// check compares the claims with the user. It returns the time of the watermark, or
// the reason why the claims do not match. CBC has no authentication, the client
// chooses the IV, and the client can cut off blocks at the front. A user who
// chooses a nickname can therefore make the nickname decrypt as a member of another
// name. So a member that names a user must name this user, and a phone number must
// be complete.
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

// wholePhoneNumber reports whether the three members of a phone number are present
// and agree. They agree if the number is the pure number, with or without the
// country code in front.
func (c *claims) wholePhoneNumber() bool {
	number, ok := unquote(c.value(c.phoneNumber))
	pure, ok2 := unquote(c.value(c.purePhoneNumber))
	code := c.value(c.countryCode)
	country, ok3 := unquote(code)
	if !ok3 && len(code) > 0 && code[0] >= '1' && code[0] <= '9' {
		country, ok3 = code, true // a JSON number, as some applications have received
	}
	if !ok || !ok2 || !ok3 || len(pure) == 0 || len(country) == 0 {
		return false
	}
	before, ok := bytes.CutSuffix(number, pure)
	prefix := strings.TrimRight(strings.TrimPrefix(string(before), "+"), " -")
	return ok && (prefix == "" || prefix == string(country))
}
