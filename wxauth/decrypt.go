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

// Encrypted is data that WeChat encrypted under the user's session_key. The mini
// program receives the data from WeChat and sends it to the server. Encrypted
// unmarshals from a JSON object with the members "encryptedData" and "iv".
type Encrypted struct {
	// EncryptedData is the ciphertext in base64, at most 1 MiB of text.
	EncryptedData string `json:"encryptedData"`
	// IV is the initialization vector in base64.
	IV string `json:"iv"`

	// MaxAge is the maximum age of the data. The watermark in the data contains the
	// time when WeChat created the data. A MaxAge of 0 allows any age. If MaxAge is
	// positive, Decrypt also refuses data whose watermark has a time more than MaxAge in
	// the future. MaxAge is not a JSON member, so the client cannot set it.
	MaxAge time.Duration `json:"-"`
}

// maxEncrypted bounds the base64 text of EncryptedData and of IV, in bytes. WeChat's
// data has at most a few KiB.
const maxEncrypted = 1 << 20

// ciphertext holds the decoded fields of an Encrypted.
type ciphertext struct {
	data, iv []byte
	maxAge   time.Duration
}

// decode decodes the base64 of EncryptedData and IV. If one of them is malformed, the
// error has CodeInvalidRequest. ErrSessionKeyStale would make the client log in again,
// which would not help. The error depends only on the form of the base64 text, so it
// reveals nothing about the plaintext.
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

// strictBase64 is made once, because Strict copies the tables of the encoding.
var strictBase64 = base64.StdEncoding.Strict()

// decodeField accepts only standard base64 with padding and without line breaks.
func decodeField(name, text string) ([]byte, error) {
	switch {
	case text == "":
		return nil, spoiled(name, "is missing; the user may have refused to share the data")
	case len(text) > maxEncrypted:
		return nil, spoiled(name, "is over 1 MiB")
	}
	b, err := strictBase64.DecodeString(text) // DecodeString ignores line breaks, so check the length
	if err == nil && strictBase64.EncodedLen(len(b)) == len(text) {
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

// staleError is ErrSessionKeyStale with a reason for the log. Its text does not contain
// the reason, because an application can send the text to a client. A client that knew
// the reason could send changed ciphertexts and learn about the plaintext.
type staleError struct{ reason string }

func (e *staleError) Error() string { return ErrSessionKeyStale.Error() }
func (e *staleError) Unwrap() error { return ErrSessionKeyStale }

const reasonNoKey = "none of the user's session keys decrypts the data"

// open decrypts with one session_key and decodes the JSON into the value that v points
// to. It returns the time of the watermark. After a staleError, the caller tries the next
// session_key. The parameter last is true if there is no next session_key. In this case,
// open can overwrite the ciphertext.
func (c ciphertext) open(key string, id Identity, v reflect.Value, last bool) (time.Time, error) {
	plain, ok := c.decrypt(key, last)
	// Scan even after bad padding, so that the duration does not reveal bad padding.
	claims, scanned := scanClaims(plain)
	if !ok || !scanned {
		return time.Time{}, &staleError{reasonNoKey}
	}
	made, wrong := claims.check(id, c.maxAge)
	if wrong != "" {
		return time.Time{}, &staleError{wrong}
	}
	return made, decode(plain, v)
}

// decrypt decrypts with one session_key and removes the padding. If the padding is bad,
// ok is false and plain is the whole plaintext. If the key is malformed, ok is false
// and plain is nil. If last is true, decrypt can overwrite c.data.
func (c ciphertext) decrypt(key string, last bool) (plain []byte, ok bool) {
	k, err := strictBase64.DecodeString(key)
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

// decode decodes JSON into the value that v points to. If decode fails, the value stays
// unchanged.
func decode(plain []byte, v reflect.Value) error {
	into, empty := v, v.Elem().IsZero()
	if !empty {
		into = reflect.New(v.Type().Elem())
	}
	err := json.Unmarshal(plain, into.Interface())
	if err != nil && !json.Valid(plain) {
		err = &staleError{reasonNoKey}
	} else if err != nil {
		// The error text of encoding/json can quote the data, so do not use it.
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

// checkKind returns an error if v has one of the types below and the data is of another
// kind. For example, checkKind refuses a user's profile if v is a *wxapi.PhoneNumber.
// encoding/json would accept the profile and leave the phone number empty.
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

// unpad removes PKCS#7 padding (RFC 5652 section 6.3). It runs in constant time, so its
// duration does not reveal which byte is wrong.
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

// check compares the claims (member values of the decrypted JSON, such as appid and openId)
// with the identity, and the age of the watermark with maxAge. The result made is the time
// of the watermark. The result wrong is the reason for a refusal, or "" if the claims are
// valid.
//
// CBC has no authentication. The client chooses the IV, and can cut off blocks at the
// front. A user can therefore make a nickname appear as the value of another member, such
// as phoneNumber. Several forged members that agree are much harder to make.
// Therefore check refuses a unionId without an openId. It also refuses a phone number if
// phoneNumber, purePhoneNumber or countryCode is missing, or if they do not agree.
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
		return made, "the data is older than MaxAge, or as far in the future"
	}
	return made, ""
}

// wholePhoneNumber reports whether the three members of a phone number are present and
// agree. The value of phoneNumber must be purePhoneNumber, with or without countryCode in
// front. A plus sign at the beginning, and spaces and hyphens before purePhoneNumber, are
// allowed.
func (c *claims) wholePhoneNumber() bool {
	number, ok := unquote(c.value(c.phoneNumber))
	pure, ok2 := unquote(c.value(c.purePhoneNumber))
	code := c.value(c.countryCode)
	country, ok3 := unquote(code)
	if !ok3 && len(code) > 0 && code[0] >= '1' && code[0] <= '9' {
		country, ok3 = code, true // some applications have received countryCode as a JSON number
	}
	if !ok || !ok2 || !ok3 || len(pure) == 0 || len(country) == 0 {
		return false
	}
	before, ok := bytes.CutSuffix(number, pure)
	prefix := strings.TrimRight(strings.TrimPrefix(string(before), "+"), " -")
	return ok && (prefix == "" || prefix == string(country))
}
