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

// App is a mini program. It holds the AppID and the AppSecret.
type App = wxapi.App

// Config configures an Auth. Apps or FindApp is required. The functions of a Config
// must be safe for concurrent use.
type Config struct {
	// Apps are the mini programs that the server serves. A login can send its appid. If
	// a login sends no appid and several apps are possible, the appid in the Referer
	// header decides. wx.request always sends that header. If one app is listed, it is
	// the default for a login that names no app.
	Apps []App

	// FindApp returns the app of an appid that is not among Apps. It is for a server of
	// thousands of mini programs. If the server does not serve the appid, FindApp
	// returns ErrUnknownApp. If FindApp is nil, only Apps are served.
	//
	// FindApp is called when a login, a token or a method call names an app. Its
	// answers are cached. Concurrent requests for one appid share one call. The first
	// use after 10 minutes starts a new call, and requests use the cached answer
	// meanwhile. If FindApp fails, the cached answer is used until it is an hour old.
	// After a failure or ErrUnknownApp, FindApp is called for the appid again after 10
	// seconds. If WeChat refuses an AppSecret, the next use of the app waits for a new
	// call, at most once in 10 seconds.
	//
	// At most 64 calls of FindApp run at the same time. A request waits at most 5
	// seconds for an answer. If FindApp fails and no answer is cached, requests get
	// store_unavailable. If FindApp instead returns another app, or an app that
	// App.Validate refuses, requests get misconfigured.
	FindApp func(ctx context.Context, appID string) (App, error)

	// Sessions is the application's session manager. The default is NewSessions(). The
	// manager's Lifetime is the lifetime of a login. New refuses a Lifetime below one
	// second. It also refuses an IdleTimeout, because an IdleTimeout would make every
	// request write to the store.
	//
	// If the application uses scs's own middleware for cookies, give that middleware
	// another manager. With this manager, a client could send its token as the cookie.
	// The scs middleware could then save data after a logout. It also does not check
	// when a login ends.
	Sessions *scs.SessionManager

	// API configures the calls to WeChat. All apps share its transport. The zero
	// value suits production.
	API wxapi.Options

	// Token returns the token of a request, or "" if there is none. The default is
	// BearerToken.
	Token func(*http.Request) string

	// Code returns the code and the appid of a login. It is for clients that send them
	// in places where LoginHandler does not look. If Code returns "" for one of them,
	// LoginHandler looks for it in its own places. Code can read the request's body,
	// and the body can be read again afterwards. Code may be nil.
	Code func(*http.Request) (code, appID string)

	// OnLogin is called for each login by LoginHandler, before the session exists. It
	// finds or creates the application's own user. The userID that OnLogin returns
	// becomes Identity.UserID. A userID has at most 256 bytes and no control
	// characters. A nil OnLogin accepts every user.
	//
	// r is the request of the first caller that sent the code. Its body can be read
	// again. Its context ends 10 seconds after WeChat's answer. If OnLogin takes
	// longer, the login fails (500, internal). The context does not end when the client
	// disconnects, so OnLogin can run longer than the request. In OnLogin, do not use a
	// context that a framework recycles.
	//
	// The context holds the identity of the user who logs in. FromContext and
	// PhoneNumber work with this context. Decrypt, VerifyRawData and Sign work too,
	// with the new session_key. Decrypt and VerifyRawData also try the user's earlier
	// session keys. Values that the session manager's Put stores in the context are
	// stored with the login. The manager's SetDeadline can shorten the login.
	// RevokeOthers does not end this login. Renew, Revoke, EndLogin, LoginAs and
	// ResetSessionKey fail in OnLogin.
	//
	// ErrDenied, wrapped or not, refuses the user (403, login_denied). An *Error is
	// sent to the client, wrapped or not. Any other error fails the login (500,
	// internal). After an error no login is made and no session_key is kept.
	OnLogin func(r *http.Request, id Identity) (userID string, err error)

	// ReplyLogin answers a login. Under LoginHandler, the request's body can be read
	// again. The header Cache-Control is already set. The default sends a JSON object
	// with the members token, token_type, expires_in (seconds) and expires_at (RFC
	// 3339). RFC 6749 section 5.1 defines token_type and expires_in.
	ReplyLogin func(w http.ResponseWriter, r *http.Request, login Login)

	// ReplyError answers a failure and must send the status err.Status. The headers
	// Cache-Control, WWW-Authenticate (RFC 6750 section 3) and Retry-After are already
	// set where they apply. The default sends problem details as JSON (RFC 9457). It
	// adds the member code and, where they apply, reason and retry_after (seconds).
	ReplyError func(w http.ResponseWriter, r *http.Request, err *Error)

	// OnEvent receives each event, in the goroutine in which the event happened.
	// OnEvent must return quickly. It may be nil.
	OnEvent func(ctx context.Context, e Event)

	// RenewLimit bounds how long Renew can keep a login alive, counted from the login's
	// Since. The default is 90 days, or Sessions.Lifetime if that is longer. New
	// refuses a RenewLimit below Sessions.Lifetime.
	RenewLimit time.Duration

	// MaxLogins bounds the live logins of one user. If a new login exceeds the bound,
	// the older login with the earliest Until ends. The reason of that end is
	// "replaced". The default is 20. With MaxLogins 1, a user can be logged in on only
	// one device.
	MaxLogins int

	// NotBefore refuses all logins that were made before this time. Use it after an
	// incident to end all logins of all users. The zero value refuses no login. New
	// refuses a time in the future.
	NotBefore time.Time

	// SealKeys are AES-256 keys of 32 bytes. The first key seals session keys in the
	// store. Every key can open sealed session keys, so you can replace the first key
	// and keep the old one for reading. SealKeys protect session keys from anyone who
	// can read the store. They do not stop anyone who can write to the store from
	// forging a login. Without SealKeys, session keys are stored in plain text.
	SealKeys [][]byte

	// KeyGrace is how long an old session_key can still decrypt data and verify
	// signatures after a new session_key has replaced it. The default is 5 minutes. At
	// most 8 session keys of a user are kept. Each instance measures KeyGrace by its
	// own clock.
	KeyGrace time.Duration

	// Logger receives the details of failures, which are never sent to clients. The
	// default is slog.Default().
	Logger *slog.Logger
}

// Format implements fmt.Formatter. It prints a Config without its secrets. If a struct
// holds a Config in an unexported field, printing the struct still shows the secrets.
// Package fmt does not call methods of unexported fields.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wxauth.Config{Apps: %v, …}", c.Apps) }

// LogValue implements slog.LogValuer. It hides the secrets in the same way as Format.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }
