// Package wxauth logs the users of a WeChat Mini Program in to a net/http
// server.
//
// The mini program calls wx.login and posts the code it gets. LoginHandler
// trades the code at WeChat for the user's openid and session_key, keeps both
// on the server as a session of github.com/alexedwards/scs, and answers with a
// token. Requests that carry the token as a bearer token pass Require, and
// their handlers find the openid in the context.
//
//	auth, err := wxauth.New(wxauth.Config{
//		Apps: []wxauth.App{{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}},
//	})
//	…
//	mux.Handle("POST /login", auth.LoginHandler())
//	mux.Handle("POST /logout", auth.LogoutHandler())
//	mux.Handle("GET /me", auth.Require(me))
//
// The session_key never leaves the server, and the openid doesn't either
// unless the application sends it. A login has a fixed lifetime, that of the
// session manager; since wx.login asks the user nothing, logging in again is
// the renewal.
//
// A store that fails is answered by 503, never by 401, so that an outage of
// the store does not make every client log in again. A plain scs.Store that
// hangs can't be bounded; one that takes a context gets the request's.
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

// Config says what an application wants of New. Only Apps is required.
type Config struct {
	// Apps are the mini programs served. Where there are several, a login
	// names its appid; where it doesn't, the appid in the Referer that
	// wx.request always sends is taken.
	Apps []App

	// Sessions are the application's own; default NewSessions(). Its Lifetime
	// is that of a login. An IdleTimeout is refused: it would make every
	// request write.
	//
	// For cookies, give scs's own middleware a manager of its own. With this
	// one a client could bring its token as the cookie, and what that
	// middleware saves knows nothing of a logout meanwhile, nor of the login's
	// end.
	Sessions *scs.SessionManager

	// API sets how WeChat is called.
	API wxapi.Options

	// Token finds the token in a request. Default BearerToken.
	Token func(*http.Request) string

	// Code finds the code of a login in a request, for clients that put it
	// elsewhere than LoginHandler looks. Where it returns "", LoginHandler
	// looks in its own places, for the code and the appid; else the login is
	// for the only app, or the one in the Referer.
	Code func(*http.Request) string

	// OnLogin is called for each login before there is a session, to find or
	// make the application's own user. The userID it returns comes back in
	// Identity.UserID. An error that is ErrDenied refuses the user (403);
	// any other fails the login (500).
	OnLogin func(ctx context.Context, id Identity) (userID string, err error)

	// ReplyLogin answers a login. Default: the JSON object that an OAuth 2.0
	// token endpoint would answer with, and expires_at.
	ReplyLogin func(w http.ResponseWriter, r *http.Request, login Login)

	// ReplyError answers a failure; the headers are set already. Default:
	// problem details as JSON, RFC 9457.
	ReplyError func(w http.ResponseWriter, r *http.Request, err *Error)

	// OnEvent is told what happened, in the request's own goroutine.
	OnEvent func(ctx context.Context, e Event)

	// SealKeys are AES-256 keys of 32 bytes. The first seals session keys in
	// the store, all open them, so that keys can be replaced. They protect
	// from who can read the store; who can write there can forge a login.
	SealKeys [][]byte

	// KeyGrace is how long a session_key still decrypts after another has
	// replaced it. Default 5 minutes; at most 8 keys of a user are kept.
	KeyGrace time.Duration

	// Logger gets what the client isn't told. Default slog.Default().
	Logger *slog.Logger
}

// Format implements fmt.Formatter: a Config prints without its secrets.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wxauth.Config{Apps: %v, …}", c.Apps) }

// LogValue implements slog.LogValuer.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// Auth has the handlers and the middleware. It is safe for concurrent use.
type Auth struct {
	clients   map[string]*wxapi.Client // by appid
	onlyApp   string                   // the appid, if there is just one
	sessions  sessions
	users     users
	exchanges exchanges

	token      func(*http.Request) string
	code       func(*http.Request) string // may be nil
	onLogin    func(context.Context, Identity) (string, error)
	replyLogin func(http.ResponseWriter, *http.Request, Login)
	replyError func(http.ResponseWriter, *http.Request, *Error)
	onEvent    func(context.Context, Event)
	logger     *slog.Logger
}

// New checks the whole of a Config and returns an Auth. The error names the
// field.
func New(c Config) (*Auth, error) {
	a := &Auth{
		clients:    make(map[string]*wxapi.Client),
		token:      c.Token,
		code:       c.Code,
		onLogin:    c.OnLogin,
		replyLogin: c.ReplyLogin,
		replyError: c.ReplyError,
		onEvent:    c.OnEvent,
		logger:     c.Logger,
	}
	if len(c.Apps) == 0 {
		return nil, errors.New("wxauth: Config.Apps: none given")
	}
	if err := c.API.Validate(); err != nil {
		return nil, fmt.Errorf("wxauth: Config.API.%w", err)
	}
	group := wxapi.NewGroup(c.API)
	for i, app := range c.Apps {
		if err := app.Validate(); err != nil {
			return nil, fmt.Errorf("wxauth: Config.Apps[%d].%w", i, err)
		}
		if a.clients[app.ID] != nil {
			return nil, fmt.Errorf("wxauth: Config.Apps[%d].ID is given twice", i)
		}
		a.clients[app.ID] = group.Client(app)
		a.onlyApp = app.ID
	}
	if len(c.Apps) > 1 {
		a.onlyApp = ""
	}
	if c.Sessions == nil {
		c.Sessions = NewSessions()
	}
	switch s := c.Sessions; {
	case s.IdleTimeout > 0:
		return nil, errors.New("wxauth: Config.Sessions.IdleTimeout: is set, and would make every request write to the store")
	case s.Lifetime < time.Second:
		return nil, errors.New("wxauth: Config.Sessions.Lifetime: is under a second")
	case s.Store == nil || s.Codec == nil:
		return nil, errors.New("wxauth: Config.Sessions: has no Store or no Codec")
	}
	if c.KeyGrace < 0 {
		return nil, errors.New("wxauth: Config.KeyGrace: is negative")
	}
	if c.KeyGrace == 0 {
		c.KeyGrace = 5 * time.Minute
	}
	seal, err := newSealer(c.SealKeys)
	if err != nil {
		return nil, fmt.Errorf("wxauth: Config.SealKeys%w", err)
	}
	if a.token == nil {
		a.token = BearerToken
	}
	if a.replyLogin == nil {
		a.replyLogin = replyToken
	}
	if a.replyError == nil {
		a.replyError = problem
	}
	if a.logger == nil {
		a.logger = slog.Default()
	}
	for i, app := range c.Apps {
		if app.UnusualSecret() {
			a.logger.Warn(fmt.Sprintf("wxauth: Config.Apps[%d].Secret is not 32 hexadecimal digits, as WeChat's are", i), "app", app.ID)
		}
	}
	a.sessions = sessions{store{c.Sessions}}
	a.users = newUsers(a.sessions, seal, c.KeyGrace, a.logger)
	return a, nil
}

// serves reports whether an appid is one of Config.Apps.
func (a *Auth) serves(appID string) bool {
	return appID == a.onlyApp && appID != "" || a.clients[appID] != nil
}

// API returns the client of one of Config.Apps, for further calls of WeChat's
// API. It returns nil for any other appid.
func (a *Auth) API(appID string) *wxapi.Client { return a.clients[appID] }
