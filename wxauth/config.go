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

// Config configures an Auth. Apps or FindApp is required. The functions of a Config
// must be safe for concurrent use.
type Config struct {
	// Apps are the mini programs that the server serves. If there are several, a
	// login names its appid. If a login does not name an appid, the appid in its
	// Referer header decides. wx.request always sends that header. If one app is
	// listed, it is the default for a login without an appid.
	Apps []App

	// FindApp returns the app of an appid that is not among Apps. It is for a
	// server of thousands of mini programs. For an appid that is not served, it
	// returns ErrUnknownApp. It is called when a login, a token or a call names an
	// app. If FindApp is nil, only Apps are served.
	//
	// At most one look-up for an appid runs at a time, and at most 64 look-ups run
	// concurrently. Each look-up, including its wait, has 5 seconds. An answer is fresh
	// for 10 minutes. While look-ups fail, the answer is used for up to an hour. An
	// unknown appid is looked up again after 10 seconds. After WeChat refused an
	// AppSecret, the app is looked up again at its next use, at most once in 10
	// seconds. If there is no answer at all, requests get store_unavailable. If the
	// answer is another app or App.Validate refuses it, requests get misconfigured.
	FindApp func(ctx context.Context, appID string) (App, error)

	// Sessions is the application's session manager. The default is NewSessions().
	// The Lifetime of the manager is the lifetime of a login. New refuses a
	// Lifetime below one second. It also refuses an IdleTimeout, which would make
	// every request write to the store.
	//
	// For cookies, give scs's own middleware another manager. If it had this
	// manager, a client could send its token as the cookie. The scs middleware
	// could then save data after a logout, and it does not know when the login
	// ends.
	Sessions *scs.SessionManager

	// API configures the calls to WeChat. All apps share its transport. The zero
	// value suits production.
	API wxapi.Options

	// Token returns the token of a request, or "". The default is BearerToken.
	Token func(*http.Request) string

	// Code returns the code and the appid of a login. It is for clients that put
	// them in places where LoginHandler does not look. If the code or the appid is
	// "", LoginHandler looks for that value in its own places. Code can read the
	// request's body. The body can be read again afterwards. Code may be nil.
	Code func(*http.Request) (code, appID string)

	// OnLogin is called for each login, before the session exists. It finds or
	// creates the application's own user. The userID that OnLogin returns becomes
	// Identity.UserID. A userID has at most 256 bytes and no control characters. A
	// nil OnLogin accepts every user.
	//
	// r is the request of the first caller that sent the code. Its body can be read
	// again. Its context has a deadline, 10 seconds after WeChat's answer. If
	// OnLogin takes longer, the login fails (500, internal). The context does not
	// end when the client disconnects, so OnLogin may outlive the request. In
	// OnLogin, do not use a context that a framework recycles.
	//
	// The context belongs to the user who logs in. FromContext, Decrypt,
	// VerifyRawData, Sign and PhoneNumber work with this context. They use the new
	// session_key and the user's earlier session keys. Values that the session
	// manager's Put stores in the context are stored with the login. SetDeadline
	// shortens the login. RevokeOthers does not end this login. Renew, Revoke,
	// EndLogin, LoginAs and ResetSessionKey fail in OnLogin.
	//
	// ErrDenied, wrapped or not, refuses the user (403, login_denied). An *Error is
	// sent as it is. Any other error fails the login (500, internal). After an
	// error no login is made and no session_key is kept.
	OnLogin func(r *http.Request, id Identity) (userID string, err error)

	// ReplyLogin answers a login. The request's body can be read again. The header
	// Cache-Control is already set. The default sends a JSON object with the
	// members token, token_type and expires_in (seconds), and expires_at (RFC
	// 3339). token_type and expires_in are as in RFC 6749 section 5.1.
	ReplyLogin func(w http.ResponseWriter, r *http.Request, login Login)

	// ReplyError answers a failure with the status err.Status. The headers
	// Cache-Control, WWW-Authenticate (RFC 6750 section 3) and Retry-After are
	// already set. The default sends problem details as JSON (RFC 9457) with the
	// additional members code, reason and retry_after (seconds).
	ReplyError func(w http.ResponseWriter, r *http.Request, err *Error)

	// OnEvent receives each event, in the goroutine in which the event happened. It
	// must return quickly. OnEvent may be nil.
	OnEvent func(ctx context.Context, e Event)

	// RenewLimit bounds the total time for which Renew can keep a login alive,
	// counted from the login's Since. The default is 90 days, or Sessions.Lifetime
	// if it is longer. New refuses a RenewLimit below Sessions.Lifetime.
	RenewLimit time.Duration

	// MaxLogins bounds the live logins of one user. If a new login exceeds
	// the bound, one of the user's older logins ends: the one whose Until is
	// earliest. The reason of that end is "replaced". The default is 20. With 1 a
	// user has a single device.
	MaxLogins int

	// NotBefore refuses all logins that were made before this time. Use it after an
	// incident to end all logins of all users. The zero value refuses none. New
	// refuses a time in the future.
	NotBefore time.Time

	// SealKeys are AES-256 keys of 32 bytes. The first key seals session keys in
	// the store. Every key can open them, so a key can be replaced. The keys
	// protect session keys from anyone who can read the store. The keys do not stop
	// anyone who can write to the store from forging a login. Without SealKeys,
	// session keys are stored in plain text.
	SealKeys [][]byte

	// KeyGrace is how long a session_key can still decrypt after another
	// session_key has replaced it. The default is 5 minutes. At most 8 session keys
	// of a user are kept. Each instance applies KeyGrace by its own clock.
	KeyGrace time.Duration

	// Logger receives the details of failures, which are never sent to clients. The
	// default is slog.Default().
	Logger *slog.Logger
}

// Format implements fmt.Formatter. A Config prints without its secrets. But a
// struct that holds a Config in an unexported field prints the secrets, because
// package fmt does not call methods of unexported fields.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wxauth.Config{Apps: %v, …}", c.Apps) }

// LogValue implements slog.LogValuer. Like Format, it hides the secrets.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }
