package wxapi

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// withheld stands in every text for what must not be in one.
const withheld = "[withheld]"

// App is a mini program as WeChat knows it: its AppID and its AppSecret, both
// from the mini program's development settings at mp.weixin.qq.com.
//
// An App does not print or marshal its Secret. Under every verb, log handler and
// encoder that asks a value's methods, a placeholder stands in its place. Three
// ways remain in which it can get out:
//
//   - A struct of the application's own that holds an App in an unexported
//     field prints the Secret, because package fmt cannot call the methods of
//     such a field. Export the field, or give the struct a Format method.
//   - Package fmt does not ask the methods under %p and under a misused %w,
//     which go vet reports.
//   - The environment variable GODEBUG=http2debug=1 makes net/http log the
//     headers of HTTP/2 requests, and with them the whole URL of a login, which
//     holds the Secret and the code. Do not set it in production.
type App struct {
	ID     string // such as wx4f4bc4dec97d474b
	Secret string // such as 0123456789abcdef0123456789abcdef; empty with Platform, optional with Exchange

	// Platform is set for a mini program that a third-party platform serves.
	// Such an app has no Secret here, and calls that need an access token take
	// the authorizer's from Options.AccessToken.
	Platform *Platform

	// Exchange, if set, trades login codes in place of WeChat's API: by a
	// company's own gateway, by WeCom, by another platform. Its context ends
	// after Options.Timeout. What it returns is checked as WeChat's replies
	// are; only a Session without a Key is allowed. It reports failures by the
	// errors of this package, such as ErrInvalidCode. Any other error counts
	// as ErrUnavailable, and its text is withheld, because it may hold
	// anything. Not with Platform.
	Exchange func(ctx context.Context, code string) (Session, error)
}

// Validate reports why an App cannot be one of WeChat's. The error names the
// field, and never quotes the Secret. Calls of a client for such an App fail
// with ErrMisconfigured.
//
// WeChat documents the form of neither field. Validate refuses what cannot have
// come from WeChat but by an accident of copying: spaces, line ends, control
// characters, and anything that is not ASCII.
func (a App) Validate() error {
	switch {
	case a.ID == "":
		return invalidField("ID", "is empty")
	case !validID(a.ID):
		return invalidField("ID", "is not an AppID, such as wx4f4bc4dec97d474b")
	case a.Platform != nil && a.Exchange != nil:
		return invalidField("Exchange", "is set beside Platform")
	case a.Platform != nil && a.Secret != "":
		return invalidField("Secret", "is set beside Platform, which needs none")
	case a.Platform != nil && !validID(a.Platform.AppID):
		return invalidField("Platform.AppID", "is not an AppID, such as wx4f4bc4dec97d474b")
	case a.Platform != nil && a.Platform.AccessToken == nil:
		return invalidField("Platform.AccessToken", "is missing")
	case a.Secret == "" && a.Platform == nil && a.Exchange == nil:
		return invalidField("Secret", "is empty")
	case strings.TrimSpace(a.Secret) != a.Secret:
		return invalidField("Secret", "begins or ends with a space or a line end")
	case !graphic(a.Secret):
		return invalidField("Secret", "holds a space, a control character or a character that is not ASCII")
	}
	return nil
}

// UnusualSecret reports whether there is a Secret that is not 32 hexadecimal
// digits. Every AppSecret known so far is, so such an App deserves a warning:
// its Secret may be a placeholder or another credential.
func (a App) UnusualSecret() bool {
	return a.Secret != "" && (len(a.Secret) != 32 || strings.Trim(a.Secret, "0123456789abcdefABCDEF") != "")
}

func validID(s string) bool {
	return s != "" && len(s) <= 64 && graphic(s) && !strings.Contains(s, "/")
}

// graphic reports whether s consists of visible ASCII characters.
func graphic(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
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
