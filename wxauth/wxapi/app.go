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
// Printing or marshaling an App shows its ID and a placeholder for the Secret, if the
// package that prints calls the methods of App. Packages fmt, log/slog and
// encoding/json call these methods. The Secret can still leak in ways such as these:
//
//   - A struct of the application holds an App in an unexported field. Package fmt
//     cannot call the methods of such a field, so it prints the Secret. Export the
//     field, or give the struct a Format method.
//   - For the verb %p and for a misused %w, package fmt does not call the methods of
//     App. The command go vet reports the %w, but not the %p.
//   - The environment variable GODEBUG=http2debug=1 makes net/http log the headers of
//     HTTP/2 requests. These headers include the path and the query of a Code2Session,
//     with the Secret and the code. Do not set http2debug in production.
type App struct {
	// ID is the AppID, such as wx4f4bc4dec97d474b.
	ID string
	// Secret is the AppSecret, such as 0123456789abcdef0123456789abcdef. Leave it empty
	// if Platform is set. The Secret is optional if Exchange is set.
	Secret string

	// Platform, if set, is the third-party platform that serves the mini program. If
	// Platform is set, Options.AccessToken must return the authorizer_access_token for
	// calls that need an access token.
	Platform *Platform

	// Exchange, if set, exchanges login codes in place of WeChat's API. Exchange can
	// call a company's own gateway, WeCom or another platform. It must be safe for
	// concurrent use. Its context ends after at most Options.Timeout. Do not set both
	// Exchange and Platform.
	//
	// Code2Session checks the returned Session like a reply from WeChat, but the Key is
	// optional. To report a failure, return or wrap an error of this package, such as
	// ErrInvalidCode. Any other error counts as ErrUnavailable. The error of Code2Session
	// omits your own error texts, because they may contain secrets.
	Exchange func(ctx context.Context, code string) (Session, error)
}

// Validate returns an error if a field is missing or malformed, or if two fields
// exclude each other. The error names the field and never quotes the Secret. If
// Validate returns an error, every call of a client for this App fails with
// ErrMisconfigured.
//
// WeChat does not document the form of the AppID and the AppSecret. Validate refuses
// characters that only come from copying mistakes: spaces, line ends, control
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

// graphic reports whether all characters of s are visible ASCII characters.
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
