package wxauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

// Login is a login that succeeded, as Config.ReplyLogin is given it. The
// Identity is not for the client.
type Login struct {
	Identity
	Token     string
	ExpiresAt time.Time
}

// text is a login without its token, and without saying whose.
func (l Login) text() string { return "login until " + l.ExpiresAt.Format(time.RFC3339) }

// Format implements fmt.Formatter: a Login prints without its token.
func (l Login) Format(f fmt.State, _ rune) { fmt.Fprint(f, l.text()) }

// LogValue implements slog.LogValuer.
func (l Login) LogValue() slog.Value { return slog.StringValue(l.text()) }

// MarshalText implements encoding.TextMarshaler: what goes to the client is for
// Config.ReplyLogin to say, member by member.
func (l Login) MarshalText() ([]byte, error) { return []byte(l.text()), nil }

// LoginHandler logs a user in: POST with "code" and, where there are several
// mini programs, "appid", as JSON or as a form; or GET with both in the query,
// as many tutorials' mini programs send it. What of that can be reached is up
// to the pattern it is mounted under.
//
// If the request carries the token of an older login, that one ends.
func (a *Auth) LoginHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.begin()
		appID := a.onlyApp
		login, err := func() (Login, error) {
			code, named, err := a.readLogin(w, r)
			if err != nil {
				return Login{}, err
			}
			client, err := a.client(named, r)
			if err != nil {
				return Login{}, err
			}
			appID = client.AppID()
			return a.login(r, client, code)
		}()
		a.emit(r.Context(), eventLogin, appID, start, err)
		if err != nil {
			a.WriteError(w, r, err)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		a.replyLogin(w, r, login)
	})
}

// login does what a login is, in the order that leaves no live token behind
// that nobody knows of: session, record, answer.
func (a *Auth) login(r *http.Request, client *wxapi.Client, code string) (Login, error) {
	ctx := r.Context()
	got, err := a.exchanges.do(ctx, client, code)
	if err != nil {
		return Login{}, err
	}
	id := Identity{AppID: client.AppID(), OpenID: got.OpenID, UnionID: got.UnionID}
	if a.onLogin != nil {
		if id.UserID, err = a.onLogin(ctx, id); err != nil {
			return Login{}, hookError(err)
		}
	}
	token := newToken()
	key := a.sessions.key(token)
	login := session{id, time.Now().Add(a.sessions.manager.Lifetime).Unix()}
	err = a.sessions.create(ctx, token, key, login)
	if err == nil {
		err = a.users.remember(ctx, login, key, got.Key)
	}
	if err != nil {
		// Nobody was given the token; this is only tidy.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		a.sessions.delete(ctx, key)
		return Login{}, fmt.Errorf("storing the login: %w", err)
	}
	a.endReplaced(r)
	return Login{Identity: id, Token: token, ExpiresAt: login.ends().UTC()}, nil
}

// endReplaced ends the login whose token the request brought along. If that
// can't be done it stays in its user's record, for Revoke.
func (a *Auth) endReplaced(r *http.Request) {
	var old session
	key, err := a.find(r.Context(), a.token(r), &old)
	if err == nil {
		err = a.end(r.Context(), old, key)
	}
	if err != nil && !errors.Is(err, ErrNotLoggedIn) {
		a.logger.WarnContext(r.Context(), "wxauth: the login before this one was not ended", "error", err)
	}
}

// errHook is in every failure of Config.OnLogin: WeChat's errors in there are
// not those of the login.
var errHook = errors.New("OnLogin")

func hookError(err error) *Error {
	e := &Error{Code: codeInternal, Status: http.StatusInternalServerError, Err: fmt.Errorf("%w: %w", errHook, err)}
	if errors.Is(err, ErrDenied) {
		e.Code, e.Status = codeLoginDenied, http.StatusForbidden
	}
	return e
}

// client finds the mini program that a login is for: the one that the request
// names, or the one in wx.request's fixed Referer,
// https://servicewechat.com/{appid}/{version}/page-frame.html, or the only one.
func (a *Auth) client(appID string, r *http.Request) (*wxapi.Client, error) {
	if appID == "" {
		appID = a.onlyApp
	}
	if appID == "" {
		rest, _ := strings.CutPrefix(r.Referer(), "https://servicewechat.com/")
		appID, _, _ = strings.Cut(rest, "/")
	}
	if c := a.clients[appID]; c != nil {
		return c, nil
	}
	return nil, invalidRequest(http.StatusBadRequest, "unknown appid")
}

// replyToken answers a login with the members of RFC 6749 section 5.1, and
// expires_at.
func replyToken(w http.ResponseWriter, _ *http.Request, login Login) {
	in, at := expiry(login.ExpiresAt)
	writeJSON(w, "application/json", http.StatusOK, struct {
		Token     string `json:"token"`
		TokenType string `json:"token_type"`
		ExpiresIn int64  `json:"expires_in"`
		ExpiresAt string `json:"expires_at"`
	}{login.Token, "Bearer", in, at})
}

// expiry tells when a login ends, in seconds from now and as RFC 3339 has it.
func expiry(t time.Time) (in int64, at string) {
	return int64(seconds(time.Until(t))), t.UTC().Format(time.RFC3339)
}
