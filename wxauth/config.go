package wxauth

import (
	"context"
	"errors"
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
	// LoginAs and ResetSessionKey fail there.
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

// Auth provides the handlers and the middleware. It is safe for concurrent use.
type Auth struct {
	apps     apps
	sessions sessions
	scsKey   any // of session data in a context
	users    users
	logins   flights[loginResult]
	numbers  flights[wxapi.PhoneNumber]
	used     usedCodes
	clock    clock
	outages  outages

	maxLogins  int
	renewLimit time.Duration
	notBefore  int64 // Unix seconds; 0 for none
	private    []string

	token      func(*http.Request) string
	bearer     bool                                 // token is the default
	code       func(*http.Request) (string, string) // may be nil
	onLogin    func(*http.Request, Identity) (string, error)
	replyLogin func(http.ResponseWriter, *http.Request, Login)
	replyError func(http.ResponseWriter, *http.Request, *Error)
	onEvent    func(context.Context, Event)
	logger     *slog.Logger
}

// New checks the whole of a Config and returns an Auth. The error names the field.
func New(c Config) (*Auth, error) {
	a := &Auth{
		maxLogins:  c.MaxLogins,
		renewLimit: c.RenewLimit,
		private:    []string{"private"},
		token:      c.Token,
		code:       c.Code,
		onLogin:    c.OnLogin,
		replyLogin: c.ReplyLogin,
		replyError: c.ReplyError,
		onEvent:    c.OnEvent,
		logger:     c.Logger,
	}
	a.setDefaults()
	if c.Sessions == nil {
		c.Sessions = NewSessions()
	}
	if c.KeyGrace == 0 {
		c.KeyGrace = 5 * time.Minute
	}
	seal, err := newSealer(c.SealKeys)
	if err != nil {
		return nil, fmt.Errorf("wxauth: Config.SealKeys%w", err)
	}
	for _, check := range []func(*Config) error{a.checkSessions, a.checkLimits, a.addApps} {
		if err := check(&c); err != nil {
			return nil, fmt.Errorf("wxauth: Config.%w", err)
		}
	}
	a.sessions = sessions{store{c.Sessions}}
	a.scsKey = scsKeyOf(c.Sessions)
	a.users = newUsers(a.sessions, seal, c.KeyGrace, a.logger)
	return a, nil
}

func (a *Auth) setDefaults() {
	if a.maxLogins == 0 {
		a.maxLogins = 20
	}
	if a.renewLimit == 0 {
		a.renewLimit = 90 * 24 * time.Hour
	}
	if a.token == nil {
		a.token, a.bearer = BearerToken, true
	}
	if a.replyLogin == nil {
		a.replyLogin = replyToken
	}
	if a.replyError == nil {
		a.replyError = writeProblem
	}
	if a.logger == nil {
		a.logger = slog.Default()
	}
}

func (a *Auth) checkSessions(c *Config) error {
	switch s := c.Sessions; {
	case s.IdleTimeout > 0:
		return errors.New("Sessions.IdleTimeout is set; it would make every request write to the store")
	case s.Lifetime < time.Second:
		return errors.New("Sessions.Lifetime is under a second")
	case s.Store == nil || s.Codec == nil:
		return errors.New("Sessions has no Store or no Codec")
	}
	return nil
}

func (a *Auth) checkLimits(c *Config) error {
	if c.RenewLimit == 0 {
		a.renewLimit = max(a.renewLimit, c.Sessions.Lifetime)
	}
	switch {
	case c.KeyGrace < 0:
		return errors.New("KeyGrace is negative")
	case a.maxLogins < 0:
		return errors.New("MaxLogins is negative")
	case a.renewLimit < c.Sessions.Lifetime:
		return errors.New("RenewLimit is below Sessions.Lifetime")
	case c.NotBefore.After(time.Now()):
		return errors.New("NotBefore is in the future")
	}
	if !c.NotBefore.IsZero() {
		// Since is in whole seconds; a login of the same second may be older.
		a.notBefore = c.NotBefore.Add(time.Second - 1).Unix()
	}
	return nil
}

func (a *Auth) addApps(c *Config) error {
	if len(c.Apps) == 0 && c.FindApp == nil {
		return errors.New("Apps is empty, and FindApp is not set")
	}
	if err := c.API.Validate(); err != nil {
		return fmt.Errorf("API.%w", err)
	}
	group := wxapi.NewGroup(c.API)
	a.apps.listed = make(map[string]*wxapi.Client)
	for i, app := range c.Apps {
		if err := app.Validate(); err != nil {
			return fmt.Errorf("Apps[%d].%w", i, err)
		}
		if a.apps.listed[app.ID] != nil {
			return fmt.Errorf("Apps[%d].ID is given twice", i)
		}
		if app.UnusualSecret() {
			a.warnOfSecret(app.ID)
		}
		a.apps.listed[app.ID] = group.Client(app)
		a.apps.only = app.ID
	}
	if len(c.Apps) > 1 {
		a.apps.only = ""
	}
	a.apps.found.find, a.apps.found.group, a.apps.found.logger = c.FindApp, group, a.warnOfSecret
	a.apps.found.slots = make(chan struct{}, maxLookups)
	return nil
}

func (a *Auth) warnOfSecret(appID string) {
	a.logger.Warn("wxauth: an AppSecret is not 32 hexadecimal digits, as WeChat's are", "app", appID)
}

// lifetime returns how long a new login lasts. A Lifetime of centuries is cut to
// what the stored form has room for.
func (a *Auth) lifetime() time.Duration {
	return min(a.sessions.manager.Lifetime, 100*365*24*time.Hour)
}

// API returns the client of an app that is served, for further calls of WeChat's
// API. The error is ErrUnknownApp for any other appid. Any other error is one of
// Config.FindApp. Do not keep the client: FindApp may return a new AppSecret.
func (a *Auth) API(ctx context.Context, appID string) (*wxapi.Client, error) {
	return a.apps.client(ctx, appID)
}
