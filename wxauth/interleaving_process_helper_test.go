package wxauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/wxauth"
)

type process struct {
	*wxauth.Auth
	sessions *scs.SessionManager
	gate     *gate
}

// login logs the fleet's user in and returns the new token. If old is not "", the request
// carries old as its token.
func (p *process) login(f *fleet, old string) (token string, err error) {
	w := serve(p.LoginHandler(), "POST", "/login", old, `{"code":"`+f.phone.Login()+`"}`)
	if w.Code != http.StatusOK {
		return "", &wxauth.Error{Code: code(w), Status: w.Code, Detail: w.Body.String()}
	}
	return strings.Split(w.Body.String(), `"`)[3], nil
}

// shortLogin makes a login that ends in an hour. A renewal of this login sets a later
// end.
func (p *process) shortLogin() wxauth.Login {
	id := alice
	id.Until = time.Now().Add(time.Hour)
	login, err := p.LoginAs(background, id)
	if err != nil {
		panic(err)
	}
	return login
}

// under serves a request through the middleware to a handler that calls f. If the
// middleware or f panics with http.ErrAbortHandler, under returns nil.
func (p *process) under(middleware func(http.Handler) http.Handler, token string, f func(context.Context)) (w *httptest.ResponseRecorder) {
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			panic(v)
		}
	}()
	return serve(middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(r.Context()) })), "POST", "/", token, "")
}

// reason reports whether a token is refused with not_logged_in, and returns the Reason of
// the error.
func (p *process) reason(token string) (reason string, refused bool) {
	_, err := p.Authenticate(background, token)
	var e *wxauth.Error
	if !errors.As(err, &e) {
		return "", false
	}
	return e.Reason, e.Code == wxauth.CodeNotLoggedIn
}

func (p *process) renew(token string) (login wxauth.Login, err error) {
	err = wxauth.ErrNotLoggedIn
	p.under(p.Require, token, func(ctx context.Context) {
		id, _ := wxauth.FromContext(ctx)
		login, err = p.Renew(ctx, id)
	})
	return login, err
}

// renewLoaded renews the login of a token under LoadAndSave. It puts a value into the
// session before the renewal. If the renewal succeeds, it puts the value again and saves.
func (p *process) renewLoaded(token, value string) (login wxauth.Login, err error) {
	err = wxauth.ErrNotLoggedIn
	p.under(p.LoadAndSave, token, func(ctx context.Context) {
		id, _ := wxauth.FromContext(ctx)
		p.sessions.Put(ctx, value+" before", value)
		if login, err = p.Renew(ctx, id); err == nil {
			p.sessions.Put(ctx, value+" after", value)
			err = p.Save(ctx)
		}
	})
	return login, err
}

func (p *process) save(token, key string, values ...string) (passed bool, err error) {
	p.under(p.LoadAndSave, token, func(ctx context.Context) {
		passed = true
		for _, value := range values {
			p.sessions.Put(ctx, key, value)
			err = errors.Join(err, p.Save(ctx))
		}
	})
	return passed, err
}

func (p *process) value(token, key string) (value string) {
	p.under(p.LoadAndSave, token, func(ctx context.Context) { value = p.sessions.GetString(ctx, key) })
	return value
}
