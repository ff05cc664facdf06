package wxapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
)

// SessionKey is a user's session_key, a secret that only WeChat and the server share.
// Never send it to the mini program. The zero value holds no key.
//
// Printing or marshaling a SessionKey, or a value that contains a SessionKey, does not
// show the text of the key. The text is in a closure, where reflection cannot read it.
type SessionKey struct{ reveal func() string }

// UnsafeSessionKey returns a SessionKey with the given text, such as
// "tiihtNczf5v6AKRyjwEUhQ==". For "" it returns the zero value.
func UnsafeSessionKey(text string) SessionKey {
	if text == "" {
		return SessionKey{}
	}
	return SessionKey{reveal: func() string { return text }}
}

// UnsafeRevealSessionKey returns the text of the key, or "" for the zero value. The
// caller must keep the text secret.
func UnsafeRevealSessionKey(k SessionKey) string {
	if k.reveal == nil {
		return ""
	}
	return k.reveal()
}

// IsZero reports whether k is the zero value, which holds no key.
func (k SessionKey) IsZero() bool { return k.reveal == nil }

// Equal reports whether the two keys hold the same text. Two zero values are
// equal. Texts of equal length are compared in constant time.
func (k SessionKey) Equal(other SessionKey) bool {
	return subtle.ConstantTimeCompare(
		[]byte(UnsafeRevealSessionKey(k)), []byte(UnsafeRevealSessionKey(other))) == 1
}

// Format implements fmt.Formatter. It ignores the verb and the flags.
func (SessionKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, withheld) }

// LogValue implements slog.LogValuer.
func (SessionKey) LogValue() slog.Value { return slog.StringValue(withheld) }

// MarshalText implements encoding.TextMarshaler, which encoders such as encoding/json
// and encoding/xml use.
func (SessionKey) MarshalText() ([]byte, error) { return []byte(withheld), nil }

// MarshalBinary implements encoding.BinaryMarshaler, which encoding/gob uses.
func (SessionKey) MarshalBinary() ([]byte, error) { return []byte(withheld), nil }

// Sign returns a signature of the message, made with the session_key. WeChat's page calls
// it the user's login-state signature. WeChat requires this signature for some APIs, such
// as those for virtual payments, games and voice calls. The signature is the HMAC-SHA256
// of the message, in lower-case hexadecimal. The HMAC key is the text of k itself, not the
// bytes that the text encodes in Base64.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
func (k SessionKey) Sign(message []byte) string {
	mac := hmac.New(sha256.New, []byte(UnsafeRevealSessionKey(k)))
	mac.Write(message)
	return hex.EncodeToString(mac.Sum(nil))
}
