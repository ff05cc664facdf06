package wxapi

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// withheld stands in every text for what must not be in one.
const withheld = "[withheld]"

// App is a mini program as WeChat knows it: its AppID and its AppSecret, both
// from the mini program's page at mp.weixin.qq.com.
//
// An App does not print or marshal its Secret: under every verb, log handler and
// encoder that asks a value's methods, a placeholder stands in its place. Package
// fmt does not ask under %p and under a misused %w, which go vet reports, nor
// for an App in an unexported field.
type App struct {
	ID     string // such as wx4f4bc4dec97d474b
	Secret string
}

func (a App) text() string { return a.ID + " " + withheld }

// Format implements fmt.Formatter for every verb and flag.
func (a App) Format(f fmt.State, _ rune) { fmt.Fprint(f, a.text()) }

// LogValue implements slog.LogValuer.
func (a App) LogValue() slog.Value { return slog.StringValue(a.text()) }

// MarshalText implements encoding.TextMarshaler, and so the encoders of JSON,
// XML and most others.
func (a App) MarshalText() ([]byte, error) { return []byte(a.text()), nil }

// MarshalBinary implements encoding.BinaryMarshaler, and so encoding/gob.
func (a App) MarshalBinary() ([]byte, error) { return []byte(a.text()), nil }

// SessionKey is a user's session_key: a secret that WeChat and the server
// share, and that is never given to the mini program or to anybody else. Its
// zero value is no key.
//
// A SessionKey never prints or marshals its text, not even from inside another
// value that is printed: the text is in a closure, where reflection does not
// reach.
type SessionKey struct{ reveal func() string }

// UnsafeSessionKey makes a SessionKey of the text that WeChat calls
// session_key, such as "tiihtNczf5v6AKRyjwEUhQ==".
func UnsafeSessionKey(text string) SessionKey {
	if text == "" {
		return SessionKey{}
	}
	return SessionKey{reveal: func() string { return text }}
}

// UnsafeRevealSessionKey returns the text of the key, "" for the zero value.
// Whoever calls it answers for where the text goes.
func UnsafeRevealSessionKey(k SessionKey) string {
	if k.reveal == nil {
		return ""
	}
	return k.reveal()
}

// IsZero reports whether k is no key.
func (k SessionKey) IsZero() bool { return k.reveal == nil }

// Equal reports whether both are the same key, in a time that does not depend
// on where they differ.
func (k SessionKey) Equal(other SessionKey) bool {
	return subtle.ConstantTimeCompare(
		[]byte(UnsafeRevealSessionKey(k)), []byte(UnsafeRevealSessionKey(other))) == 1
}

// Format implements fmt.Formatter for every verb and flag.
func (SessionKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, withheld) }

// LogValue implements slog.LogValuer.
func (SessionKey) LogValue() slog.Value { return slog.StringValue(withheld) }

// MarshalText implements encoding.TextMarshaler, and so the encoders of JSON,
// XML and most others.
func (SessionKey) MarshalText() ([]byte, error) { return []byte(withheld), nil }

// MarshalBinary implements encoding.BinaryMarshaler, and so encoding/gob.
func (SessionKey) MarshalBinary() ([]byte, error) { return []byte(withheld), nil }
