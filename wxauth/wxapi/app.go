package wxapi

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

const withheld = "[withheld]"

// App identifies a mini program. The AppID and the AppSecret are in the mini program's
// development settings at mp.weixin.qq.com.
//
// Packages fmt, log/slog and encoding/json usually print or marshal an App as its ID and
// a placeholder for the Secret, because they call methods such as App.Format. The Secret
// can still leak in ways such as these:
//
//   - A struct of the application holds an App in an unexported field. Package fmt
//     cannot call the methods of such a field, so it prints the Secret. Export the
//     field, or give the struct a Format method.
//   - For the verbs %p and %w, package fmt does not call the methods of App, so it prints
//     the Secret. The command go vet reports the %w, but not the %p.
//   - The environment variable GODEBUG=http2debug=1 makes net/http log the headers of
//     HTTP/2 requests. These headers include the path and the query of a Code2Session
//     request, with the Secret and the code. Do not set http2debug in production.
type App struct {
	// ID is the AppID, such as wx4f4bc4dec97d474b.
	ID string
	// Secret is the AppSecret, such as 0123456789abcdef0123456789abcdef. Leave it empty
	// if Platform is set. The Secret is optional if Exchange is set.
	Secret string

	// Platform, if set, is the third-party platform (a WeChat term) that the mini program
	// has authorized. If Platform is set, calls that need an access token need
	// Options.AccessToken. It must return the token that WeChat calls
	// authorizer_access_token.
	Platform *Platform

	// Exchange, if set, exchanges login codes in place of WeChat's API. For example,
	// Exchange can call your own gateway or the API of WeCom (WeChat for companies).
	// Exchange must be safe for concurrent use. Its context ends after at most
	// Options.Timeout. Do not set both Exchange and Platform.
	//
	// The returned Session must have an OpenID. The UnionID and the Key are optional. If one
	// of the three is malformed, Code2Session fails with ErrBadReply. To report a failure,
	// return or wrap an error of this package, such as ErrInvalidCode. Any other error counts
	// as ErrUnavailable. The text of Code2Session's error omits your own error texts, because
	// they may contain secrets.
	Exchange func(ctx context.Context, code string) (Session, error)
}

// Validate returns an error if a field is missing or malformed, or if two fields
// exclude each other. The error names the field and never quotes the Secret. If
// Validate returns an error, every API call of a client for this App fails with
// ErrMisconfigured.
//
// WeChat does not document the form of the AppID and the AppSecret. Validate refuses
// characters that usually come from copying mistakes: spaces, line ends, control
// characters, and characters that are not ASCII. It also refuses an AppID that contains
// a slash or is longer than 64 characters.
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

// UnusualSecret reports whether the Secret is set but does not consist of 32
// hexadecimal digits. AppSecrets usually consist of 32 hexadecimal digits. An unusual
// Secret may be a placeholder or another credential, so log a warning.
func (a App) UnusualSecret() bool {
	return a.Secret != "" && (len(a.Secret) != 32 || strings.Trim(a.Secret, "0123456789abcdefABCDEF") != "")
}

func validID(s string) bool {
	return s != "" && len(s) <= 64 && graphic(s) && !strings.Contains(s, "/")
}

func graphic(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

func (a App) text() string { return a.ID + " " + withheld }

// Format implements fmt.Formatter. It ignores the verb and the flags.
func (a App) Format(f fmt.State, _ rune) { fmt.Fprint(f, a.text()) }

// LogValue implements slog.LogValuer.
func (a App) LogValue() slog.Value { return slog.StringValue(a.text()) }

// MarshalText implements encoding.TextMarshaler, which encoders such as encoding/json
// and encoding/xml use.
func (a App) MarshalText() ([]byte, error) { return []byte(a.text()), nil }

// MarshalBinary implements encoding.BinaryMarshaler, which encoding/gob uses.
func (a App) MarshalBinary() ([]byte, error) { return []byte(a.text()), nil }
