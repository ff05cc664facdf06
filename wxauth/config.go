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

// App identifies a mini program. It holds the AppID, and usually the AppSecret.
type App = wxapi.App

// Config configures an Auth. At least one of the fields Apps and FindApp is required.
// The functions in a Config must be safe for concurrent use.
type Config struct {
	// Apps lists mini programs that the server serves. FindApp can add more. A login
	// request can contain an appid. If it contains none, and several apps are listed or
	// FindApp is set, the appid in the Referer header decides. wx.request always sends
	// that header. If no appid is found and exactly one app is listed, the login is for
	// that app.
	Apps []App

	// FindApp returns the app of an appid that is not in Apps. It is for a server with
	// thousands of mini programs. If the server does not serve the appid, FindApp must
	// return ErrUnknownApp. If FindApp is nil, the server serves only the apps in Apps.
	//
	// This package caches the answers of FindApp. Concurrent requests for one appid
	// share one call. A cached app is used for at most an hour. The first use after
	// 10 minutes starts a new call, and requests use the cached app during this call.
	// If the call returns ErrUnknownApp, the cached app is no longer used. If the
	// call returns another error or an invalid app, or takes longer than 5 seconds,
	// requests can use the cached app until the hour is over. An app is invalid if it has
	// another ID or if App.Validate refuses it. After a call that returned no valid
	// app, FindApp is usually not called for the appid for the next 10 seconds. If
	// WeChat refuses the AppSecret of a cached app during a login, the next use of
	// the app waits for a call of FindApp. A refused AppSecret causes at most one
	// such call in 10 seconds for each app.
	//
	// At most 64 calls of FindApp run at the same time. A request waits at most 5
	// seconds for an answer. If no cached app can be used, a failure of FindApp fails
	// the request. The Code of the Error is CodeMisconfigured if FindApp returned an
	// invalid app. It is CodeStoreUnavailable if FindApp took longer than 5 seconds or
	// returned an error other than ErrUnknownApp.
	FindApp func(ctx context.Context, appID string) (App, error)

	// Sessions is the application's session manager. The default is NewSessions(). The
	// manager's Lifetime is the normal lifetime of a login. New refuses a Lifetime
	// below one second. New also refuses a positive IdleTimeout, because an IdleTimeout
	// would make every request write to the store.
	//
	// If the application uses scs's own middleware for cookies, create a second
	// manager with scs.New for that middleware. With only one manager, a client could
	// send its token as the cookie. The scs middleware would then accept the token
	// without checking Identity.Until and NotBefore. A save by the scs middleware
	// could restore a login after a logout.
	Sessions *scs.SessionManager

	// API configures the calls to WeChat. All apps share one transport. The zero value
	// suits most servers.
	API wxapi.Options

	// Token returns the token of a request, or "" if there is none. The default is
	// BearerToken.
	Token func(*http.Request) string

	// Code returns the code and the appid of a login request. It is for clients that
	// send the code or the appid in places where LoginHandler does not look. If Code
	// returns an empty code or appid, LoginHandler looks for the missing value in the
	// query of a GET or in the body of a POST. LoginHandler keeps a copy of the body
	// of a POST, so Code can read the body. Code can be nil.
	Code func(*http.Request) (code, appID string)

	// OnLogin finds or creates the application's own user for a login. LoginHandler
	// calls OnLogin after the exchange of the code, and before the login is stored.
	// Concurrent requests with the same appid and code cause at most one call. The userID
	// that OnLogin returns becomes Identity.UserID. A userID must have at most 256 bytes
	// and no control characters. A nil OnLogin accepts every user.
	//
	// If concurrent requests share the call, r is the first of these requests.
	// LoginHandler has read the body of a POST, and OnLogin can read it again. The context
	// of r ends at most 10 seconds after the exchange of the code. If OnLogin has not
	// returned by then, the login fails (500, internal). The context does not end
	// when the client disconnects, so OnLogin can run longer than the request. Some
	// frameworks reuse their context objects for later requests, so do not use such
	// an object in OnLogin.
	//
	// The context of r contains the identity of the user who logs in, and FromContext
	// returns this identity. PhoneNumber works with this context. If the exchange of
	// the code returned a session_key, the methods that need a session_key use the
	// returned one. Decrypt and VerifyRawData also try the session keys that were
	// replaced less than KeyGrace ago. RevokeOthers with this identity ends the
	// user's other logins. ResetSessionKey, Renew, Revoke, EndLogin and LoginAs fail
	// with this context.
	//
	// If OnLogin calls the session manager's Put with the context of r, the value is
	// stored with the login. The manager's SetDeadline can shorten the login.
	//
	// If OnLogin returns an *Error, wrapped or not, the client gets this *Error.
	// Otherwise, if OnLogin returns ErrDenied, wrapped or not, the login fails (403,
	// login_denied). Any other error fails the login (500, internal). After an error,
	// neither the login nor the new session_key is stored.
	OnLogin func(r *http.Request, id Identity) (userID string, err error)

	// ReplyLogin answers a successful login. LoginHandler and WriteLogin call
	// ReplyLogin. When LoginHandler calls ReplyLogin, the body of the request can be
	// read again. The header Cache-Control is set before ReplyLogin is called. The default
	// sends a JSON object with the members token, token_type, expires_in (seconds) and
	// expires_at (RFC 3339). RFC 6749 section 5.1 defines token_type and expires_in.
	ReplyLogin func(w http.ResponseWriter, r *http.Request, login Login)

	// ReplyError answers a failed request. It must write the status itself, normally
	// err.Status. An API whose answers all have status 200 can write 200. Before the
	// call, this package sets the header Cache-Control and, where they apply,
	// Allow, WWW-Authenticate (RFC 6750 section 3) and Retry-After. The default sends
	// problem details as JSON (RFC 9457). It adds the member code and, where they
	// apply, reason and retry_after (seconds).
	ReplyError func(w http.ResponseWriter, r *http.Request, err *Error)

	// OnEvent receives the events of this package. An operation waits until OnEvent
	// returns, so OnEvent must return quickly. OnEvent can be nil.
	OnEvent func(ctx context.Context, e Event)

	// RenewLimit bounds how long Renew can keep a login alive, counted from
	// Identity.Since. The default is 90 days, or Sessions.Lifetime if that is longer.
	// New refuses a RenewLimit below Sessions.Lifetime.
	RenewLimit time.Duration

	// MaxLogins bounds the live logins of one user of one mini program. If a new login
	// exceeds the bound, it ends as many existing logins as necessary, those with the
	// earliest Identity.Until first. The 401 answers to the token of a login that was
	// ended in this way contain the reason "replaced" until the login's original end.
	// The default is 20. With MaxLogins 1, a user can be logged in on only one device.
	MaxLogins int

	// NotBefore is the earliest valid Identity.Since. A login with an earlier Since is
	// refused. After an incident, set NotBefore to a time after the incident. This ends
	// all earlier logins of all users. The zero value refuses no login. New refuses a
	// time in the future.
	NotBefore time.Time

	// SealKeys are secret keys of 32 bytes each. The first SealKey seals (encrypts)
	// session keys in the store. Each SealKey opens the session keys that were sealed
	// under it. To change the first key, put the new key in front and keep the old
	// key for reading. SealKeys protect session keys from anyone who can read the
	// store. They do not stop anyone who can write to the store from forging a login.
	// Without SealKeys, session keys are stored in plain text.
	SealKeys [][]byte

	// KeyGrace is how long an old session_key can still decrypt data and verify
	// signatures after a new session_key has replaced it at a login. The default is 5
	// minutes. At most 8 session keys of a user are kept. Each server process measures
	// KeyGrace by its own clock.
	KeyGrace time.Duration

	// Logger receives failures with their causes. This package never sends the causes
	// to clients. The default is slog.Default().
	Logger *slog.Logger
}

// Format implements fmt.Formatter. It prints a Config without its secrets. If a struct
// holds a Config in an unexported field, printing the struct still shows the secrets,
// because package fmt does not call methods of unexported fields. Package fmt also does
// not call Format for %p and for %w, so never print a Config with these verbs.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wxauth.Config{Apps: %v, …}", c.Apps) }

// LogValue implements slog.LogValuer. It hides the secrets in the same way as Format.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }
