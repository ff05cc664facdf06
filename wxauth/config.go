package wxauth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth/wxapi"
)

// App is a mini program: its AppID and its AppSecret.
type App = wxapi.App

// Config configures an Auth. Apps or FindApp is required.
type Config struct {
	// Apps are the mini programs served. Where there are several, a login
	// names its appid. Where it does not, the appid in the Referer that
	// wx.request always sends decides. One listed app is the default of a
	// login that names none.
	Apps []App

	// FindApp returns the app of an appid that is not among Apps, for a server
	// of thousands of mini programs. Its error is ErrUnknownApp for an appid
	// that is not served. It is called when a login, a token or a call names
	// an app, one look-up at a time for an appid, at most 64 at once, with 5
	// seconds each. An answer is fresh for 10 minutes, and serves for up to an
	// hour while look-ups fail. Unknown appids are asked for again after 10
	// seconds. After WeChat refused an AppSecret the app is looked up again at
	// once. Without any answer requests get store_unavailable.
	FindApp func(ctx context.Context, appID string) (App, error)

	// Sessions is the application's session manager. Default NewSessions().
	// Its Lifetime is that of a login. New refuses an IdleTimeout, which would
	// make every request write to the store.
	//
	// For cookies, give scs's own middleware a manager of its own. With this
	// one a client could send its token as the cookie. What that middleware
	// saves knows nothing of a logout meanwhile, nor of the login's end.
	Sessions *scs.SessionManager

	// API sets how WeChat is called. All apps share its transport.
	API wxapi.Options

	// Token returns the token of a request, or "". Default BearerToken.
	Token func(*http.Request) string

	// Code returns the code and the appid of a login, for clients that put
	// them elsewhere than LoginHandler looks. For each of the two that is "",
	// LoginHandler looks in its own places. The body can be read in Code, and
	// again afterwards.
	Code func(*http.Request) (code, appID string)

	// OnLogin is called for each login before there is a session, to find or
	// make the application's own user. The userID that it returns comes back
	// in Identity.UserID. It has at most 256 bytes and no control characters.
	//
	// The request is that of the first caller who brought the code. Its body
	// can be read again. Its context has a deadline, 10 seconds after WeChat's
	// answer, and does not end with the client's connection; do not use
	// contexts that a framework recycles here. The context belongs to the user
	// who logs in: FromContext, Decrypt, VerifyRawData, Sign and PhoneNumber
	// work, under the new session_key and the user's earlier ones. What the
	// session manager's Put stores there is stored with the login. SetDeadline
	// shortens the login. RevokeOthers spares this login. Renew, Revoke,
	// EndLogin, LoginAs and ResetSessionKey fail there.
	//
	// An error that is ErrDenied refuses the user (403). An *Error is answered
	// as it is. Any other error fails the login (500). A refused user never
	// had a login, and no session_key of theirs is kept.
	OnLogin func(r *http.Request, id Identity) (userID string, err error)

	// ReplyLogin answers a login. The request's body can be read again.
	// Default: the JSON object of an OAuth 2.0 token endpoint (RFC 6749
	// section 5.1), and expires_at.
	ReplyLogin func(w http.ResponseWriter, r *http.Request, login Login)

	// ReplyError answers a failure. The headers are set already. Default:
	// problem details as JSON, RFC 9457.
	ReplyError func(w http.ResponseWriter, r *http.Request, err *Error)

	// OnEvent receives what happened, in the goroutine in which it happened.
	// It must be safe for concurrent use and return soon.
	OnEvent func(ctx context.Context, e Event)

	// RenewLimit bounds how long after its Since Renew can keep a login alive.
	// Default 90 days. New refuses one below Sessions.Lifetime.
	RenewLimit time.Duration

	// MaxLogins bounds the live logins of one user. The next login ends the
	// one that ends first, with the reason "replaced". Default 20. With 1 a
	// user has a single device.
	MaxLogins int

	// NotBefore refuses logins made before it. It ends all logins of all users
	// after an incident. New refuses a time in the future.
	NotBefore time.Time

	// SealKeys are AES-256 keys of 32 bytes. The first seals session keys in
	// the store. All of them open, so that keys can be replaced. They protect
	// session keys from anyone who can read the store. They do not stop anyone
	// who can write to it from forging a login.
	SealKeys [][]byte

	// KeyGrace is how long a session_key still decrypts after another has
	// replaced it. Default 5 minutes. At most 8 session keys of a user are
	// kept. Instances whose clocks differ apply it as their own clock says.
	KeyGrace time.Duration

	// Logger receives the details of failures, which are never sent to
	// clients. Default slog.Default().
	Logger *slog.Logger
}

// Format implements fmt.Formatter. A Config prints without its secrets. A struct
// that holds a Config in an unexported field prints them: package fmt does not
// call methods there.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wxauth.Config{Apps: %v, …}", c.Apps) }

// LogValue implements slog.LogValuer.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }
