package wxauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Auth provides the handlers and the middleware of this package. It is safe for
// concurrent use.
//
// The methods of Auth, except API and Ready, return errors of type *Error. Pass such an
// error to WriteError, or compare it with the errors of this package by errors.Is. If
// the store caused the error, the Code of the error is CodeStoreUnavailable.
//
// PhoneNumber and the methods that use a session_key, such as Decrypt and Sign, take
// the user from the context. If the context has no user, the error is ErrNotLoggedIn.
// If a method needs a session_key and the server has no usable session_key of the user,
// the error is ErrSessionKeyStale. If the server has no session_key of the user at all
// and App.Exchange is set, the Code of the error is CodeMisconfigured instead.
type Auth struct {
	apps     apps
	sessions sessions
	scsKey   any // the context key under which scs keeps session data
	users    users
	logins   flights[loginResult]
	numbers  flights[wxapi.PhoneNumber]
	used     usedCodes
	clock    clock
	outages  outages

	maxLogins  int
	renewLimit time.Duration
	notBefore  int64 // Config.NotBefore in Unix seconds, rounded up; 0 if it is not set
	private    []string

	token      func(*http.Request) string
	bearer     bool                                 // true if Config.Token is not set
	code       func(*http.Request) (string, string) // can be nil
	onLogin    func(*http.Request, Identity) (string, error)
	replyLogin func(http.ResponseWriter, *http.Request, Login)
	replyError func(http.ResponseWriter, *http.Request, *Error)
	onEvent    func(context.Context, Event)
	logger     *slog.Logger
}

// New checks a Config and returns an Auth. If a field is invalid, the error names the
// field. New does not call the store or WeChat. To check the store, call Ready.
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
			return nil, fmt.Errorf("wxauth: %w", err)
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
		return errors.New("Config.Sessions.IdleTimeout is set; it would make every request write to the store")
	case s.Lifetime < time.Second:
		return errors.New("Config.Sessions.Lifetime is under a second")
	case s.Store == nil || s.Codec == nil:
		return errors.New("Config.Sessions has no Store or no Codec")
	}
	if v := reflect.ValueOf(c.Sessions.Store); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("Config.Sessions.Store is a nil %T; check the error of the call that opened it", c.Sessions.Store)
	}
	return nil
}

func (a *Auth) checkLimits(c *Config) error {
	if c.RenewLimit == 0 {
		a.renewLimit = max(a.renewLimit, c.Sessions.Lifetime)
	}
	switch {
	case c.KeyGrace < 0:
		return errors.New("Config.KeyGrace is negative")
	case a.maxLogins < 0:
		return errors.New("Config.MaxLogins is negative")
	case a.renewLimit < c.Sessions.Lifetime:
		return errors.New("Config.RenewLimit is below Sessions.Lifetime")
	case c.NotBefore.After(time.Now()):
		return errors.New("Config.NotBefore is in the future")
	}
	if !c.NotBefore.IsZero() {
		// Identity.Since has whole seconds. If NotBefore has a fraction of a second,
		// some logins of the same second can be older than NotBefore. Rounding up
		// then refuses all logins of this second.
		a.notBefore = c.NotBefore.Add(time.Second - 1).Unix()
	}
	return nil
}

func (a *Auth) addApps(c *Config) error {
	if len(c.Apps) == 0 && c.FindApp == nil {
		return errors.New("Config.Apps is empty, and FindApp is not set")
	}
	if err := c.API.Validate(); err != nil {
		return fmt.Errorf("Config.API.%w", err)
	}
	group := wxapi.NewGroup(c.API)
	a.apps.listed = make(map[string]*wxapi.Client)
	for i, app := range c.Apps {
		if err := app.Validate(); err != nil {
			return fmt.Errorf("Config.Apps[%d].%w", i, err)
		}
		if a.apps.listed[app.ID] != nil {
			return fmt.Errorf("Config.Apps[%d].ID is given twice", i)
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

// API returns the wxapi.Client of an app that is in Config.Apps or that Config.FindApp
// returns. Use the client to call WeChat's API directly. If there is no such app, the
// error is ErrUnknownApp. Any other error means that ctx ended, or that Config.FindApp
// failed, did not answer in time or returned an invalid app. The error is not an *Error,
// but WriteError accepts it.
//
// Call API for each use, and do not keep the client. If Config.FindApp later returns a
// new AppSecret, a kept client still uses the old AppSecret.
func (a *Auth) API(ctx context.Context, appID string) (*wxapi.Client, error) {
	return a.apps.client(ctx, appID)
}
